import type { Page } from '@viv/api'
import { find, type Named } from './find.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** Enough to find the name that was meant. */
const NEIGHBOURS = '1000'

type List<T> = (input: {
  query: { readonly name?: string; readonly search?: string; readonly limit?: string }
}) => Promise<Page<T>>

/** The thing that a word names, by its id or its name: asked for alone, however many there are. */
export async function lookUp<T extends Named>(kind: string, word: string, list: List<T>): Promise<T> {
  const { items } = await list({ query: UUID.test(word) ? { search: word } : { name: word } })
  if (items.length > 0) return find(kind, word, items)
  // There is none: what there is says what may have been meant.
  return find(kind, word, (await list({ query: { limit: NEIGHBOURS } })).items)
}
