import { isJsonObject } from './framer.ts'

/**
 * What a reply has to look like: the check and, by inference, the type. For replies from inside a guest, where a type
 * without a check would be the guest's promise. Members that a shape does not name are let through unseen.
 */
export interface Shape<T> {
  matches(value: unknown): value is T
}

export type ShapeOf<S> = S extends Shape<infer T> ? T : never

type Members = Record<string, Shape<unknown>>
type RequiredOf<M extends Members> = { [K in keyof M]: ShapeOf<M[K]> }
type OptionalOf<M extends Members> = { [K in keyof M]?: ShapeOf<M[K]> }

export const text: Shape<string> = { matches: (value) => typeof value === 'string' }
/** JSON can say 1e999, which is no number to count with. */
export const number: Shape<number> = { matches: (value): value is number => Number.isFinite(value) }
export const flag: Shape<boolean> = { matches: (value) => typeof value === 'boolean' }
/** The reply `{}` of commands that have nothing to tell. */
export const nothing: Shape<object> = { matches: isJsonObject }

export function oneOf<const V extends string>(...values: V[]): Shape<V> {
  return { matches: (value): value is V => values.some((each) => each === value) }
}

export function list<T>(item: Shape<T>): Shape<T[]> {
  return { matches: (value): value is T[] => Array.isArray(value) && value.every((each) => item.matches(each)) }
}

type None = Record<never, never>

export function object<R extends Members, O extends Members = None>(
  required: R,
  optional?: O,
): Shape<RequiredOf<R> & OptionalOf<O>> {
  const requiredMembers = Object.entries(required)
  const optionalMembers = Object.entries(optional ?? {})
  return {
    matches: (value): value is RequiredOf<R> & OptionalOf<O> =>
      isJsonObject(value) &&
      requiredMembers.every(([name, shape]) => Object.hasOwn(value, name) && shape.matches(value[name])) &&
      optionalMembers.every(([name, shape]) => !Object.hasOwn(value, name) || shape.matches(value[name])),
  }
}
