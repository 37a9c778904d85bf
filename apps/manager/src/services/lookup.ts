import { refuse } from '@viv/common'
import { type Caller, visible } from '../auth/caller.ts'
import type { Collection } from '../store/collection.ts'

/** The object, or `not_found` also where the caller may not see it: its existence is nobody else's business. */
export function lookUp<T extends object>(caller: Caller, kind: string, collection: Collection<T>, id: string) {
  const found = collection.find(id)
  if (found === undefined || !visible(caller, { kind, id })) throw refuse('not_found', { kind, id })
  return found
}
