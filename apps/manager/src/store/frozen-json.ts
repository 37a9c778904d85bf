import type { JsonObject } from '@viv/common'

/** One parsed document is shared by the cache, its indexes and every watcher: none may spoil it for the others. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    for (const inner of Object.values(value)) deepFreeze(inner)
    Object.freeze(value)
  }
  return value
}

/** Only for text that `serializeTransaction` made: it is an object. */
export function parseFrozen(text: string): JsonObject {
  return deepFreeze(JSON.parse(text) as JsonObject)
}
