import type { Page, Vm } from '@viv/api'
import type { Client } from '@viv/client'
import { VM_STATES } from '@viv/common'
import { find, type Named } from './find.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** Enough to find the name that was meant. */
const NEIGHBOURS = '1000'

type List<T> = (input: {
  query: { readonly name?: string; readonly search?: string; readonly limit?: string }
}) => Promise<Page<T>>

/** A VM by its id or name, also one in the recycle bin: what can be done with it, its state says. */
export const lookUpVm = ({ vmList }: Pick<Client, 'vmList'>, word: string): Promise<Vm> =>
  lookUp('VM', word, ({ query }) => vmList({ query: { ...query, state: VM_STATES.join(',') } }))

/** The thing that a word names, by its id or its name: asked for alone, however many there are. */
export async function lookUp<T extends Named>(kind: string, word: string, list: List<T>): Promise<T> {
  const { items } = await list({ query: UUID.test(word) ? { search: word } : { name: word } })
  if (items.length > 0) return find(kind, word, items)
  // There is none: what there is says what may have been meant.
  return find(kind, word, (await list({ query: { limit: NEIGHBOURS } })).items)
}
