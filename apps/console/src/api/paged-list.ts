import type { Page } from '@viv/api'
import { ApiError } from '@viv/client'

/**
 * A list of any length of which only what is looked at is kept: pages are read with the cursor as they come into
 * view, pages far away are forgotten (their cursors stay). Changes are put in place as they are told; where one may
 * have moved rows, what is in view is read again.
 *
 *   want(rows) ─▶ read the first wanted page that is missing ─▶ … ─▶ all there
 *                  └ its cursor is not known yet: read on from the last known one
 */
export interface PagedListParts<T> {
  read(query: { readonly limit: string; readonly cursor?: string }): Promise<Page<T>>
  /** Whether this change may have moved rows, or brought one in or out. `before` is undefined where it is not in view. */
  mayMove(before: T | undefined, after: T): boolean
  onChange(): void
}

interface Known<T> {
  readonly cursor: string | undefined
  items: readonly T[] | undefined
}

/** Rows a page: little enough to be read between two frames. */
export const PAGE_ROWS = 250
/** Pages kept on both sides of what is in view. */
const KEPT_PAGES = 8
/** A list that changes all the time is read again this often at most. */
const READ_AGAIN_MS = 1_000
const RETRY_MS = 1_000

export class PagedList<T extends { readonly id: string }> {
  readonly #parts: PagedListParts<T>
  #pages: Known<T>[] = [{ cursor: undefined, items: undefined }]
  #total: number | undefined
  #wanted = { first: 0, last: 0 }
  #isStale = false
  #isWorking = false
  #isClosed = false
  #readAgainAt = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Told while a page was on its way: newer than what the page says. */
  readonly #toldMeanwhile = new Map<string, T | null>()
  error: unknown

  constructor(parts: PagedListParts<T>) {
    this.#parts = parts
    this.#work()
  }

  get total(): number | undefined {
    return this.#total
  }

  /** How far reading has come on the way to what is in view, 0–1; 1 where all of it is there. */
  get progress(): number {
    const wanted = this.#pageOf(this.#wanted.last) + 1
    const isAll = this.#missing() === undefined
    return isAll ? 1 : Math.min(0.99, (this.#pages.length - 1) / wanted)
  }

  row(index: number): T | undefined {
    return this.#pages[this.#pageOf(index)]?.items?.[index % PAGE_ROWS]
  }

  /** These rows are in view. */
  want(first: number, last: number): void {
    if (first === this.#wanted.first && last === this.#wanted.last) return
    this.#wanted = { first, last }
    this.#work()
  }

  apply(id: string, object: T | null): void {
    if (this.#isWorking) this.#toldMeanwhile.set(id, object)
    const place = this.#find(id)
    if (object === null) {
      // Not in view, it may be on another page or on none: the count is asked again.
      this.readAgain()
      if (place !== undefined) this.#replace(place, undefined)
      return
    }
    const before = place === undefined ? undefined : this.#pages[place.page]?.items?.[place.row]
    if (place !== undefined) this.#replace(place, object)
    if (this.#parts.mayMove(before, object)) this.readAgain()
  }

  /** What is in view is read again; what is shown stays until then. */
  readAgain(): void {
    this.#isStale = true
    this.#work()
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  #pageOf(index: number): number {
    return Math.floor(index / PAGE_ROWS)
  }

  #find(id: string): { page: number; row: number } | undefined {
    for (const [page, { items }] of this.#pages.entries()) {
      const row = items?.findIndex((item) => item.id === id) ?? -1
      if (row >= 0) return { page, row }
    }
    return undefined
  }

  #replace({ page, row }: { page: number; row: number }, object: T | undefined): void {
    const known = this.#pages[page]!
    const items = [...known.items!]
    if (object === undefined) items.splice(row, 1)
    else items[row] = object
    known.items = items
    if (object === undefined && this.#total !== undefined) this.#total--
    this.#parts.onChange()
  }

  /** The first page in view that is not there. */
  #missing(): number | undefined {
    const lastRow = this.#total === undefined ? 0 : Math.max(0, Math.min(this.#wanted.last, this.#total - 1))
    for (let page = this.#pageOf(Math.min(this.#wanted.first, lastRow)); page <= this.#pageOf(lastRow); page++) {
      if (this.#pages[page]?.items === undefined) return page
    }
    return undefined
  }

  /** One reading at a time; each says what the next is. */
  #work(): void {
    if (this.#isWorking || this.#isClosed) return
    clearTimeout(this.#timer)
    const waitMs = this.#readAgainAt - Date.now()
    const missing = this.#missing()
    if (this.#isStale && waitMs <= 0) void this.#do(() => this.#readViewAgain())
    else if (missing !== undefined) void this.#do(() => this.#readTowards(missing))
    else if (this.#isStale) this.#timer = setTimeout(() => this.#work(), waitMs)
  }

  async #do(reading: () => Promise<void>): Promise<void> {
    this.#isWorking = true
    this.#toldMeanwhile.clear()
    try {
      await reading()
      this.error = undefined
    } catch (error) {
      if (this.#isClosed) return
      this.error = error
      // A cursor may be of a store that is no more: from the beginning.
      if (error instanceof ApiError) this.#pages = [{ cursor: undefined, items: undefined }]
      this.#isStale = true
      this.#readAgainAt = 0
      this.#parts.onChange()
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    } finally {
      this.#isWorking = false
      if (!this.#isClosed) this.#parts.onChange()
    }
    this.#work()
  }

  async #readTowards(page: number): Promise<void> {
    const at = Math.min(page, this.#pages.length - 1)
    await this.#readPage(at)
    this.#forget()
  }

  /** The pages in view, and the count; cursors after them are found anew. */
  async #readViewAgain(): Promise<void> {
    this.#isStale = false
    this.#readAgainAt = Date.now() + READ_AGAIN_MS
    const first = Math.min(this.#pageOf(this.#wanted.first), this.#pages.length - 1)
    if (first > 0) this.#total = (await this.#parts.read({ limit: '1' })).total ?? this.#total
    for (const [page, known] of this.#pages.entries()) if (page < first) known.items = undefined
    for (let page = first; page <= this.#pageOf(this.#wanted.last) && page < this.#pages.length; page++) {
      await this.#readPage(page)
    }
  }

  async #readPage(at: number): Promise<void> {
    const known = this.#pages[at]!
    const { cursor } = known
    const page = await this.#parts.read({ limit: String(PAGE_ROWS), ...(cursor === undefined ? {} : { cursor }) })
    if (page.total !== undefined) this.#total = page.total
    const items = page.items.map((item) => this.#toldMeanwhile.get(item.id) ?? item)
    known.items = items.filter((item) => this.#toldMeanwhile.get(item.id) !== null)
    const after = this.#pages[at + 1]
    // Rows have moved over the border of two pages: what follows is read anew when it comes into view.
    if (after?.cursor === page.next && page.next !== undefined) return
    this.#pages.length = at + 1
    if (page.next !== undefined) this.#pages.push({ cursor: page.next, items: undefined })
    else this.#total = at * PAGE_ROWS + items.length
  }

  #forget(): void {
    const first = this.#pageOf(this.#wanted.first) - KEPT_PAGES
    const last = this.#pageOf(this.#wanted.last) + KEPT_PAGES
    for (const [page, known] of this.#pages.entries()) if (page < first || page > last) known.items = undefined
  }
}
