import { type AnyListQuery, type Page, PAGE_LIMIT } from '@viv/api'
import { nearestName, refuse } from '@viv/common'
import { type Caller, visible } from '../auth/caller.ts'
import { ListIndex, type ListShape, type Question } from '../domain/list-index.ts'
import type { Place } from '../domain/sorted-entries.ts'
import type { ServiceParts } from './parts.ts'

export interface ListSource<T extends object> {
  /** What its things are to `visible`. */
  readonly kind: string
  readonly shape: ListShape<T>
  /** A sort key, with `-` in front for the largest first. */
  readonly usualSort: string
  /** Values that a filter can take, where there are only these. */
  readonly known?: Readonly<Record<string, readonly string[]>>
  /** Left out of what is asked for without that filter. */
  readonly without?: NonNullable<Question['without']>
  ids(): Iterable<string>
  /** The thing as it is now; undefined where it is gone. */
  view(id: string): T | undefined
  /** Ids of the things that a changed document is a part of. */
  affected(document: { readonly kind: string; readonly id: string }): readonly string[]
  /** What is known of it only while it happens, and is not in any document. */
  fresh?(item: T): T
}

/** One list of the public API, kept in memory, and its pages. */
export class ListView<T extends object> {
  readonly #parts: Pick<ServiceParts, 'store' | 'documents'>
  readonly #source: ListSource<T>
  readonly #index: ListIndex<T>

  constructor(parts: Pick<ServiceParts, 'store' | 'documents'>, source: ListSource<T>) {
    this.#parts = parts
    this.#source = source
    this.#index = new ListIndex(source.shape)
    this.#index.load(this.#views(source.ids()))
    parts.documents.vms.cache.onChange(({ changes }) => {
      this.refresh(new Set(changes.flatMap((change) => source.affected(change))))
    })
  }

  /** Looks at these things again. */
  refresh(ids: Iterable<string>): void {
    for (const id of ids) {
      const item = this.#source.view(id)
      if (item === undefined) this.#index.delete(id)
      else this.#index.set(id, item)
    }
  }

  idsOf(facet: string, value: string): string[] {
    return this.#index.idsOf(facet, value)
  }

  page(caller: Caller, query: AnyListQuery): Page<T> {
    const { store, documents } = this.#parts
    const question = questionOf(this.#source, query)
    const asked: Question = caller.isAdministrator
      ? question
      : { ...question, isVisible: (id) => visible(caller, { kind: this.#source.kind, id }) }
    const { items, next } = this.#index.page(asked)
    return {
      items: items.map((item) => this.#source.fresh?.(item) ?? item),
      ...(question.after === undefined ? { total: this.#index.count(asked) } : {}),
      ...(next === undefined ? {} : { next: cursorOf(question, next) }),
      revision: `${store.epoch}.${documents.vms.cache.revision}`,
    }
  }

  *#views(ids: Iterable<string>): Iterable<readonly [string, T]> {
    for (const id of ids) {
      const item = this.#source.view(id)
      if (item !== undefined) yield [id, item]
    }
  }
}

type Asked<T extends object> = Pick<ListSource<T>, 'shape' | 'usualSort' | 'known' | 'without'>

function questionOf<T extends object>(source: Asked<T>, query: AnyListQuery): Question {
  const { limit, cursor, sort = source.usualSort, search, ...filters } = query
  const isDescending = sort.startsWith('-')
  const base = { sort: isDescending ? sort.slice(1) : sort, isDescending }
  return {
    ...base,
    limit: Number(limit ?? PAGE_LIMIT.usual),
    filters: new Map(
      Object.entries(filters as Record<string, string>).map(([name, text]) => [name, filterValues(source, name, text)]),
    ),
    ...(source.without === undefined || source.without.facet in filters ? {} : { without: source.without }),
    ...(search === undefined ? {} : { search: search.toLowerCase() }),
    ...(cursor === undefined ? {} : { after: placeOf(base, cursor) }),
  }
}

/** `running,paused` → both, in lower case; what the filter can't be is refused by name. */
function filterValues<T extends object>({ known }: Asked<T>, name: string, text: string): ReadonlySet<string> {
  const values = text.toLowerCase().split(',')
  const possible = known?.[name]
  for (const value of values) {
    if (possible === undefined || possible.some((each) => each.toLowerCase() === value)) continue
    const nearest = nearestName(value, possible)
    const way = nearest === undefined ? `can be ${possible.join(', ')}` : `did you mean "${nearest}"?`
    throw refuse('invalid_field', { where: 'Parameter', field: name, problem: `names "${value}": ${way}` })
  }
  return new Set(values)
}

type Order = Pick<Question, 'sort' | 'isDescending'>

/** Opaque to who holds it: the order it belongs to, and the last thing it has shown. */
function cursorOf({ sort, isDescending }: Order, { key, id }: Place): string {
  return Buffer.from(JSON.stringify([isDescending ? `-${sort}` : sort, key, id])).toString('base64url')
}

function placeOf({ sort, isDescending }: Order, cursor: string): Place {
  try {
    const [order, key, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [unknown, unknown, unknown]
    const isOurs = order === (isDescending ? `-${sort}` : sort) && typeof id === 'string'
    if (isOurs && (typeof key === 'string' || typeof key === 'number')) return { key, id }
  } catch {
    // Whatever it is, it is refused below.
  }
  const problem = 'is no cursor of this list in this order; begin with the first page'
  throw refuse('invalid_field', { where: 'Parameter', field: 'cursor', problem })
}
