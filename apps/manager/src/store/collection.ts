import type { JsonObject } from '@viv/common'
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
  /** Of the documents that this program writes; from 1. */
  readonly version: number
  /** Brings a value that an earlier version wrote to the current one. */
  readonly upgrade?: (value: JsonObject, fromVersion: number) => T
}

/** The documents of one kind as their type: read from the cache, written through transactions of the caller. */
export class Collection<T extends object> {
  readonly cache: StoreCache
  readonly kind: string
  readonly #version: number
  readonly #upgrade: CollectionOptions<T>['upgrade']
  readonly #decoded = new WeakMap<StoredDocument, Document<T>>()

  constructor(cache: StoreCache, { kind, version, upgrade }: CollectionOptions<T>) {
    this.cache = cache
    this.kind = kind
    this.#version = version
    this.#upgrade = upgrade
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
    return { kind: this.kind, id, value: { ...value, version: this.#version } as JsonObject }
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
    if (version > this.#version) throw new DocumentTooNewError(this.kind, id, version, this.#version)
    if (version === this.#version) return rest as T
    if (this.#upgrade === undefined) {
      throw new DocumentDamagedError(`${this.kind} ${id} has document version ${version}, which never was`)
    }
    return this.#upgrade(rest, version)
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

/** A document that no version of this program can have written. */
export class DocumentDamagedError extends Error {
  override readonly name = 'DocumentDamagedError'
}
