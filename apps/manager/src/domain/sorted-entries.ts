export type SortKey = string | number

/** One thing of a list, with all that it is sorted, filtered and searched by. */
export interface Entry<T> {
  readonly id: string
  item: T
  /** In the order of the shape's sorts. */
  readonly keys: readonly SortKey[]
  /** In the order of the shape's facets; several values where the thing belongs to several. */
  readonly facets: readonly (string | readonly string[])[]
  /** What a search looks in, in lower case. */
  readonly text: string
}

/** A place between entries: after this key and id. */
export interface Place {
  readonly key: SortKey
  readonly id: string
}

/** A block that grows beyond this is cut in two: a change then moves some hundred pointers, not all of them. */
const BLOCK_ENTRIES = 512

/** Entries in the order of one of their keys, then of their ids, in blocks; no block is empty. */
export class SortedEntries<T> {
  readonly #key: number
  readonly #blockEntries: number
  #blocks: Entry<T>[][] = []

  /** `key`: which of an entry's keys. */
  constructor(key: number, blockEntries = BLOCK_ENTRIES) {
    this.#key = key
    this.#blockEntries = blockEntries
  }

  /** In place of all that were there. */
  load(entries: readonly Entry<T>[]): void {
    const sorted = [...entries].sort((a, b) => this.compare(a, b))
    this.#blocks = []
    for (let from = 0; from < sorted.length; from += this.#blockEntries) {
      this.#blocks.push(sorted.slice(from, from + this.#blockEntries))
    }
  }

  compare(a: Entry<T>, b: Entry<T>): number {
    return compare(a.keys[this.#key] as SortKey, a.id, b.keys[this.#key] as SortKey, b.id)
  }

  insert(entry: Entry<T>): void {
    const place = this.#placeOf(entry)
    const at = Math.min(this.#blockOf(place), this.#blocks.length - 1)
    const block = this.#blocks[at]
    if (block === undefined) {
      this.#blocks.push([entry])
      return
    }
    block.splice(this.#countUpTo(block, place), 0, entry)
    const half = this.#blockEntries
    if (block.length > 2 * half) this.#blocks.splice(at + 1, 0, block.splice(half))
  }

  remove(entry: Entry<T>): void {
    const { at, block, index } = this.#find(entry)
    if (block?.[index] !== entry) return
    block.splice(index, 1)
    if (block.length === 0) this.#blocks.splice(at, 1)
  }

  /** The entry in the other's place where both have the same key; else both are moved. */
  replace(before: Entry<T>, entry: Entry<T>): void {
    if (before.keys[this.#key] === entry.keys[this.#key]) {
      const { block, index } = this.#find(before)
      if (block !== undefined) block[index] = entry
    } else {
      this.remove(before)
      this.insert(entry)
    }
  }

  /** Shows entry after entry behind the place, or all of them, until it is told that this is enough. */
  walk(after: Place | undefined, isDescending: boolean, isEnough: (entry: Entry<T>) => boolean): void {
    const step = isDescending ? -1 : 1
    const last = this.#blocks.length - 1
    const first = after === undefined ? (isDescending ? last : 0) : Math.min(this.#blockOf(after), last)
    for (let at = first; at >= 0 && at <= last; at += step) {
      const block = this.#blocks[at] as Entry<T>[]
      const isPart = after !== undefined && at === first
      let index = isDescending ? block.length - 1 : 0
      if (isPart) index = isDescending ? this.#countBefore(block, after) - 1 : this.#countUpTo(block, after)
      for (; index >= 0 && index < block.length; index += step) if (isEnough(block[index] as Entry<T>)) return
    }
  }

  /** The first of these entries, which are in no order, behind the place. Most of many are only compared with the last found. */
  first(most: number, entries: readonly Entry<T>[], after: Place | undefined, isDescending: boolean): Entry<T>[] {
    const direction = isDescending ? -1 : 1
    const found: Entry<T>[] = []
    for (const entry of entries) {
      if (after !== undefined && direction * this.#way(entry, after.key, after.id) <= 0) continue
      const last = found.at(-1)
      if (found.length === most && last !== undefined && direction * this.compare(entry, last) > 0) continue
      found.splice(
        firstWhere(found, (each) => direction * this.compare(each, entry) > 0),
        0,
        entry,
      )
      if (found.length > most) found.pop()
    }
    return found
  }

  #find(entry: Entry<T>): { at: number; block: Entry<T>[] | undefined; index: number } {
    const place = this.#placeOf(entry)
    const at = this.#blockOf(place)
    const block = this.#blocks[at]
    return { at, block, index: block === undefined ? 0 : this.#countUpTo(block, place) - 1 }
  }

  /** The block that holds that place: the first whose last entry does not come before it. */
  #blockOf({ key, id }: Place): number {
    return firstWhere(this.#blocks, (block) => this.#way(block.at(-1) as Entry<T>, key, id) >= 0)
  }

  #countUpTo(block: readonly Entry<T>[], { key, id }: Place): number {
    return firstWhere(block, (entry) => this.#way(entry, key, id) > 0)
  }

  #countBefore(block: readonly Entry<T>[], { key, id }: Place): number {
    return firstWhere(block, (entry) => this.#way(entry, key, id) >= 0)
  }

  #way(entry: Entry<T>, key: SortKey, id: string): number {
    return compare(entry.keys[this.#key] as SortKey, entry.id, key, id)
  }

  #placeOf({ keys, id }: Entry<T>): Place {
    return { key: keys[this.#key] as SortKey, id }
  }
}

/** The first index from which on it holds, by halving; the length where it never does. */
function firstWhere<E>(list: readonly E[], holds: (element: E) => boolean): number {
  let low = 0
  for (let high = list.length; low < high; ) {
    const middle = (low + high) >>> 1
    if (holds(list[middle] as E)) high = middle
    else low = middle + 1
  }
  return low
}

/** Keys of one sort are of one type. */
function compare(keyA: SortKey, idA: string, keyB: SortKey, idB: string): number {
  if (keyA < keyB) return -1
  if (keyA > keyB) return 1
  return idA < idB ? -1 : idA > idB ? 1 : 0
}

/** A name as people sort it: upper and lower case are one, and web-2 comes before web-10. */
export function nameKey(name: string): string {
  return name.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(12, '0'))
}
