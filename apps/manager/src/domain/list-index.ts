import { type Entry, type Place, SortedEntries, type SortKey } from './sorted-entries.ts'
import { TextIndex } from './text-index.ts'
import { ValueIndex } from './value-index.ts'

/** By what the things of a list are sorted, filtered and searched. */
export interface ListShape<T> {
  readonly sorts: Readonly<Record<string, (item: T) => SortKey>>
  /** Each filter's value of a thing, or its values; in lower case where case shall not count. */
  readonly facets: Readonly<Record<string, (item: T) => string | readonly string[]>>
  /** What a search looks in, beside how its id begins. */
  readonly text: (item: T) => string
}

export interface Question {
  readonly sort: string
  readonly isDescending: boolean
  readonly limit: number
  /** Only what comes after this. */
  readonly after?: Place
  /** In lower case. */
  readonly search?: string
  readonly filters: ReadonlyMap<string, ReadonlySet<string>>
  /** Left out: what has this value of that filter. */
  readonly without?: { readonly facet: string; readonly value: string }
  readonly isVisible?: (id: string) => boolean
}

export interface Answer<T> {
  readonly items: readonly T[]
  /** Where the next page begins; undefined after the last thing. */
  readonly next: Place | undefined
}

interface Narrowed<T> {
  readonly size: number
  entries(): Iterable<Entry<T>>
}

/** What a filter leaves is gathered up to here; of more, walking the order soon finds a page of it. */
const FEW = 2_000
/** A search is dear: texts lie all over the heap, and those that fit may all stand at the end of the order. */
const WORTH = 3

/**
 * A list in memory: an order for each sort key and a set for each value of each filter, kept up to date with every
 * change, so that a page costs the page and not the list.
 */
export class ListIndex<T extends object> {
  readonly #shape: ListShape<T>
  readonly #orders: ReadonlyMap<string, SortedEntries<T>>
  readonly #facetNames: readonly string[]
  readonly #entries = new Map<string, Entry<T>>()
  readonly #facets: readonly ValueIndex<Entry<T>>[]
  readonly #texts = new TextIndex<Entry<T>>()

  constructor(shape: ListShape<T>) {
    this.#shape = shape
    this.#orders = new Map(Object.keys(shape.sorts).map((name, index) => [name, new SortedEntries<T>(index)]))
    this.#facetNames = Object.keys(shape.facets)
    this.#facets = this.#facetNames.map(() => new ValueIndex())
  }

  get size(): number {
    return this.#entries.size
  }

  find(id: string): T | undefined {
    return this.#entries.get(id)?.item
  }

  /** All of them at once: one sort for each order instead of one search for each thing. */
  load(items: Iterable<readonly [id: string, item: T]>): void {
    this.#entries.clear()
    for (const facet of this.#facets) facet.clear()
    this.#texts.clear()
    for (const [id, item] of items) this.#enter(this.#entryOf(id, item))
    const all = [...this.#entries.values()]
    for (const order of this.#orders.values()) order.load(all)
  }

  set(id: string, item: T): void {
    const before = this.#entries.get(id)
    const entry = this.#entryOf(id, item)
    if (before !== undefined && hasSamePlaces(before, entry)) {
      before.item = item
      return
    }
    if (before !== undefined) this.#leave(before)
    this.#enter(entry)
    for (const order of this.#orders.values()) {
      if (before === undefined) order.insert(entry)
      else order.replace(before, entry)
    }
  }

  delete(id: string): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    this.#leave(entry)
    this.#entries.delete(id)
    for (const order of this.#orders.values()) order.remove(entry)
  }

  /** Ids of the things that have that value of a filter. */
  idsOf(facet: string, value: string): string[] {
    return Array.from(this.#facet(facet).of(value), ({ id }) => id)
  }

  page(question: Question): Answer<T> {
    const { limit, sort } = question
    // One more than asked for: then there is a next page.
    const found = this.#first(limit + 1, question)
    const shown = found.slice(0, limit)
    const last = shown.at(-1)
    const items = shown.map(({ item }) => item)
    if (found.length <= limit || last === undefined) return { items, next: undefined }
    return { items, next: { key: last.keys[this.#keyOf(sort)] as SortKey, id: last.id } }
  }

  /** How many things fit, on all pages. */
  count(question: Question): number {
    const { search, filters, without, isVisible } = question
    if (search === undefined && isVisible === undefined) {
      const left = without === undefined ? 0 : this.#facet(without.facet).size(without.value)
      if (filters.size === 0) return this.#entries.size - left
      const [only] = filters
      if (left === 0 && filters.size === 1 && only !== undefined && this.#isSingle(only[0]))
        return this.#sizeOf(...only)
    }
    let found = 0
    for (const entry of this.#narrowed(question) ?? this.#entries.values()) if (this.#fits(entry, question)) found++
    return found
  }

  /** The first that fit, in the order that is asked for. */
  #first(most: number, question: Question): Entry<T>[] {
    const { sort, isDescending, after } = question
    const order = this.#orders.get(sort)
    if (order === undefined) throw new Error(`no order by ${sort}`)
    const narrowed = this.#narrowed(question)
    if (narrowed !== undefined) {
      const fitting = narrowed.filter((entry) => this.#fits(entry, question))
      return order.first(most, fitting, after, isDescending)
    }
    const found: Entry<T>[] = []
    order.walk(after, isDescending, (entry) => {
      if (this.#fits(entry, question)) found.push(entry)
      return found.length === most
    })
    return found
  }

  /** Everything that fits and little else, each once; undefined where that would not be much less than everything. */
  #narrowed(question: Question): Entry<T>[] | undefined {
    const fewest = this.#fewest(question)
    const most = question.search === undefined ? FEW : this.#entries.size / WORTH
    return fewest === undefined || fewest.size > most ? undefined : [...new Set(fewest.entries())]
  }

  /** Everything that fits, and as little else as one filter or the search leaves; some of it may come twice. */
  #fewest({ filters, search }: Question): Narrowed<T> | undefined {
    const byText: Narrowed<T>[] =
      search === undefined ? [] : [{ size: this.#texts.size(search), entries: () => this.#texts.candidates(search) }]
    const byFacet = [...filters].map(([facet, values]) => ({
      size: this.#sizeOf(facet, values),
      entries: () => [...values].flatMap((value) => [...this.#facet(facet).of(value)]),
    }))
    return [...byText, ...byFacet].sort((a, b) => a.size - b.size)[0]
  }

  #keyOf(sort: string): number {
    return [...this.#orders.keys()].indexOf(sort)
  }

  #fits(entry: Entry<T>, { search, filters, without, isVisible }: Question): boolean {
    if (without !== undefined && entry.facets[this.#facetNames.indexOf(without.facet)] === without.value) return false
    for (const [facet, wanted] of filters) {
      const value = entry.facets[this.#facetNames.indexOf(facet)]
      const isWanted = typeof value === 'string' ? wanted.has(value) : value?.some((each) => wanted.has(each))
      if (isWanted !== true) return false
    }
    if (search !== undefined && !this.#texts.fits(entry, search)) return false
    return isVisible === undefined || isVisible(entry.id)
  }

  #entryOf(id: string, item: T): Entry<T> {
    const { sorts, facets, text } = this.#shape
    return {
      id,
      item,
      keys: Object.values(sorts).map((key) => key(item)),
      facets: Object.values(facets).map((facet) => facet(item)),
      text: text(item).toLowerCase(),
    }
  }

  #enter(entry: Entry<T>): void {
    this.#entries.set(entry.id, entry)
    this.#texts.add(entry)
    for (const [at, values] of entry.facets.entries()) {
      for (const value of listed(values)) this.#facets[at]?.add(value, entry)
    }
  }

  #leave(entry: Entry<T>): void {
    this.#texts.delete(entry)
    for (const [at, values] of entry.facets.entries()) {
      for (const value of listed(values)) this.#facets[at]?.delete(value, entry)
    }
  }

  #facet(name: string): ValueIndex<Entry<T>> {
    const facet = this.#facets[this.#facetNames.indexOf(name)]
    if (facet === undefined) throw new Error(`no filter by ${name}`)
    return facet
  }

  #sizeOf(facet: string, values: ReadonlySet<string>): number {
    let size = 0
    for (const value of values) size += this.#facet(facet).size(value)
    return size
  }

  /** Whether things have one value of this filter each, so that sizes of sets add up. */
  #isSingle(facet: string): boolean {
    const index = this.#facetNames.indexOf(facet)
    for (const { facets } of this.#entries.values()) return typeof facets[index] === 'string'
    return true
  }
}

const listed = (values: string | readonly string[]): readonly string[] =>
  typeof values === 'string' ? [values] : values

/** Most changes of a thing move it in no order and out of no set. */
function hasSamePlaces<T>(a: Entry<T>, b: Entry<T>): boolean {
  return (
    a.text === b.text &&
    a.keys.every((key, at) => key === b.keys[at]) &&
    a.facets.every((facet, at) => facet === b.facets[at] || String(facet) === String(b.facets[at]))
  )
}
