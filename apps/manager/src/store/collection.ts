import { type Format, isReadable, readAs, writeAs } from '@viv/common'
import type { StoreCache } from './cache.ts'
import { deepFreeze } from './frozen-json.ts'
import type { Expectation, StoredDocument, Write } from './store.ts'

/** Frozen through and through, and the same object until the document changes. */
export interface Document<T> {
  readonly id: string
  readonly revision: number
  readonly value: T
}

export interface CollectionOptions<T> {
  readonly kind: string
  readonly format: Format<T>
  /** Which of the format's two ways documents are written in now; the newest where nothing else is said. */
  readonly written?: () => number
}

/** The documents of one kind as their type: read from the cache, written through transactions of the caller. */
export class Collection<T extends object> {
  readonly cache: StoreCache
  readonly kind: string
  readonly format: Format<T>
  readonly #written: () => number
  readonly #decoded = new WeakMap<StoredDocument, Document<T>>()

  constructor(cache: StoreCache, { kind, format, written = () => format.newest }: CollectionOptions<T>) {
    this.cache = cache
    this.kind = kind
    this.format = format
    this.#written = written
  }

  /** The version that documents are written in now. */
  get version(): number {
    return this.#written()
  }

  /** The ids of those that lie there in another version than they would be written in. */
  *otherwiseWritten(): Iterable<string> {
    const { version } = this
    for (const { id, value } of this.cache.values(this.kind)) if (value['version'] !== version) yield id
  }

  isWrittenOtherwise(id: string): boolean {
    const stored = this.cache.get(this.kind, id)
    return stored !== undefined && stored.value['version'] !== this.version
  }

  /** Throws DocumentNotFoundError. */
  get(id: string): Document<T> {
    const document = this.find(id)
    if (document === undefined) throw new DocumentNotFoundError(this.kind, id)
    return document
  }

  find(id: string): Document<T> | undefined {
    const stored = this.cache.get(this.kind, id)
    return stored === undefined ? undefined : this.#decode(stored)
  }

  /** Of all there are, without looking into them. */
  *ids(): Iterable<string> {
    for (const { id } of this.cache.values(this.kind)) yield id
  }

  list(): Document<T>[] {
    return Array.from(this.cache.values(this.kind), (stored) => this.#decode(stored))
  }

  write(id: string, value: T): Write {
    const { version } = this
    return { kind: this.kind, id, value: { ...writeAs(this.format, version, value), version } }
  }

  remove(id: string): Write {
    return { kind: this.kind, id, isDelete: true }
  }

  expectRevision(id: string, revision: number): Expectation {
    return { kind: this.kind, id, revision }
  }

  expectAbsent(id: string): Expectation {
    return { kind: this.kind, id, revision: 'absent' }
  }

  #decode(stored: StoredDocument): Document<T> {
    const known = this.#decoded.get(stored)
    if (known !== undefined) return known
    const { id, revision } = stored
    const document = deepFreeze({ id, revision, value: this.#currentValue(stored) })
    this.#decoded.set(stored, document)
    return document
  }

  #currentValue({ id, value }: StoredDocument): T {
    const { version, ...rest } = value
    if (typeof version !== 'number') throw new DocumentDamagedError(`${this.kind} ${id} has no document version`)
    const { newest } = this.format
    if (version > newest) throw new DocumentTooNewError(this.kind, id, version, newest)
    if (!isReadable(this.format, version)) throw new DocumentDamagedError(unreadable(this.kind, id, version, newest))
    return readAs(this.format, version, rest)
  }
}

export class DocumentNotFoundError extends Error {
  override readonly name = 'DocumentNotFoundError'
  readonly kind: string
  readonly id: string

  constructor(kind: string, id: string) {
    super(`there is no ${kind} ${id}`)
    this.kind = kind
    this.id = id
  }
}

export class DocumentTooNewError extends Error {
  override readonly name = 'DocumentTooNewError'

  constructor(kind: string, id: string, found: number, known: number) {
    super(`${kind} ${id} has document version ${found} and this program knows ${known}: use a newer program`)
  }
}

const unreadable = (kind: string, id: string, version: number, newest: number): string =>
  `${kind} ${id} has document version ${version}, and this program reads ${newest > 1 ? `${newest - 1} and ` : ''}${newest}`

/** A document that no version of this program can have written. */
export class DocumentDamagedError extends Error {
  override readonly name = 'DocumentDamagedError'
}
