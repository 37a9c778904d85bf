import { type Static, type TProperties, type TSchema, Type } from 'typebox'
import { closed } from './words.ts'

/** What one page may hold; a table on a screen shows far less. */
export const PAGE_LIMIT = { usual: 100, most: 1000 } as const

/**
 * The query of a list. `sort` names a key, with `-` in front for the largest first; things that are equal by it come
 * in the order of their ids. A filter takes one value or several, with commas between them.
 */
export const listQuery = <const S extends string, F extends TProperties>(sorts: readonly S[], filters: F) =>
  Type.Object(
    {
      limit: Type.Optional(
        Type.String({
          pattern: '^([1-9][0-9]{0,2}|1000)$',
          description: `1–${PAGE_LIMIT.most}, ${PAGE_LIMIT.usual} if not said`,
        }),
      ),
      cursor: Type.Optional(Type.String({ maxLength: 1024, description: '`next` of the page before' })),
      sort: Type.Optional(Type.Enum([...sorts, ...sorts.map((key) => `-${key}` as const)])),
      search: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 100,
          description: 'text in its name, or how its id begins (two characters and more); upper and lower case are one',
        }),
      ),
      ...filters,
    },
    closed,
  )

/** One value, or several with commas between them. */
export const Filter = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 4000, description }))

export const pageOf = <T extends TSchema>(item: T) =>
  Type.Object({
    items: Type.Array(item),
    /** How many there are on all pages together; said with the first page alone. */
    total: Type.Optional(Type.Integer()),
    /** The cursor of the next page; absent on the last one. */
    next: Type.Optional(Type.String()),
    /** What the page shows, as an id of the stream of events: who follows from there misses nothing. */
    revision: Type.String(),
  })

/** What every list takes, whatever it lists. */
export const AnyListQuery = listQuery(['name'], {})
export type AnyListQuery = Omit<Static<typeof AnyListQuery>, 'sort'> & { readonly sort?: string }

export interface Page<T> {
  readonly items: T[]
  readonly total?: number
  readonly next?: string
  readonly revision: string
}
