/**
 * The manager's copy of the store in memory: reads are synchronous and never wait for a disk.
 *
 *   list every kind ─► watch from the oldest list ─► at the newest list: publish ─► apply each transaction whole
 *         ▲                                                                              │
 *         └───────────────────────────── compacted ◄─────────────────────────────────────┘
 *
 * Kinds are listed one after another and so at different revisions; until the watch has passed the newest of them the
 * copy would mix moments, and nobody sees it. A later list is repeated by the watch in part, which ends the same.
 */
import type { Change, CommittedTransaction, Store, StoredDocument } from './store.ts'
import { StoreClosedError } from './store.ts'

/** Own writes are here at once; a token from another manager may have to wait for its watch. */
const WAIT_TIMEOUT_MS = 10_000

type Documents = Map<string, Map<string, StoredDocument>>
export type ChangeListener = (transaction: CommittedTransaction) => void

interface Listing {
  readonly documents: Documents
  readonly oldestRevision: number
  readonly newestRevision: number
}

interface Waiter {
  readonly revision: number
  resolve(): void
  reject(error: Error): void
}

export class CacheTimeoutError extends Error {
  override readonly name = 'CacheTimeoutError'
}

export class StoreCache {
  /** Settles when the copy no longer follows: fulfilled after `close`, else with the store's error. */
  readonly finished: Promise<void>
  readonly #store: Store
  readonly #kinds: readonly string[]
  readonly #abort = new AbortController()
  readonly #listeners = new Set<ChangeListener>()
  readonly #waiters = new Set<Waiter>()
  #documents: Documents = new Map()
  #revision = -1
  #failure: Error | undefined

  static async open(store: Store, kinds: readonly string[]): Promise<StoreCache> {
    const cache = new StoreCache(store, kinds)
    await cache.waitFor(0, Number.POSITIVE_INFINITY)
    return cache
  }

  private constructor(store: Store, kinds: readonly string[]) {
    this.#store = store
    this.#kinds = kinds
    this.finished = this.#follow().then(
      () => this.#end(new StoreClosedError('the cache is closed')),
      (error: Error) => {
        this.#end(error)
        throw error
      },
    )
    // Whoever reads is told as well, so nobody has to listen here.
    this.finished.catch(() => {})
  }

  get epoch(): string {
    return this.#store.epoch
  }

  /** Everything up to this revision is here. */
  get revision(): number {
    return this.#revision
  }

  get(kind: string, id: string): StoredDocument | undefined {
    return this.#of(kind).get(id)
  }

  values(kind: string): Iterable<StoredDocument> {
    return this.#of(kind).values()
  }

  /** Throws CacheTimeoutError where the revision is not here in time. */
  async waitFor(revision: number, timeoutMs: number = WAIT_TIMEOUT_MS): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#revision >= revision) return
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiter: Waiter = { revision, resolve, reject }
    this.#waiters.add(waiter)
    const timer = Number.isFinite(timeoutMs) ? setTimeout(() => reject(this.#late(waiter, timeoutMs)), timeoutMs) : null
    try {
      await promise
    } finally {
      if (timer !== null) clearTimeout(timer)
      this.#waiters.delete(waiter)
    }
  }

  /**
   * Tells each transaction after it was applied; changes that were missed come as one. The answer ends it. A listener
   * must not throw: it would stop the copy.
   */
  onChange(listener: ChangeListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.#abort.abort()
    await this.finished.catch(() => {})
  }

  async #follow(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      const listing = await this.#listAll()
      if (listing.oldestRevision === listing.newestRevision) this.#publish(listing)
      for await (const event of this.#store.watch(listing.oldestRevision, this.#abort.signal)) {
        if ('compacted' in event) break
        this.#take(listing, event)
      }
    }
  }

  async #listAll(): Promise<Listing> {
    const documents: Documents = new Map()
    const revisions: number[] = []
    for (const kind of this.#kinds) {
      const list = await this.#store.list(kind)
      documents.set(kind, new Map(list.documents.map((document) => [document.id, document])))
      revisions.push(list.revision)
    }
    return { documents, oldestRevision: Math.min(...revisions), newestRevision: Math.max(...revisions) }
  }

  #take(listing: Listing, transaction: CommittedTransaction): void {
    const { revision, changes } = transaction
    for (const change of changes) apply(listing, change)
    if (revision < listing.newestRevision) return
    if (this.#documents === listing.documents) this.#advance(transaction)
    else this.#publish({ ...listing, newestRevision: revision })
  }

  /** In place of what was known; listeners get the difference as one transaction. */
  #publish({ documents, newestRevision }: Listing): void {
    const before = this.#documents
    this.#documents = documents
    this.#advance({ revision: newestRevision, changes: [...difference(before, documents, newestRevision)] })
  }

  #advance(transaction: CommittedTransaction): void {
    this.#revision = transaction.revision
    for (const listener of this.#listeners) listener(transaction)
    for (const waiter of this.#waiters) if (waiter.revision <= this.#revision) waiter.resolve()
  }

  /** A copy that no longer follows grows stale without a sign, so it refuses to be read. */
  #end(error: Error): void {
    this.#failure = error
    for (const waiter of this.#waiters) waiter.reject(error)
  }

  #of(kind: string): ReadonlyMap<string, StoredDocument> {
    if (this.#failure !== undefined) throw this.#failure
    const documents = this.#documents.get(kind)
    if (documents === undefined) throw new Error(`the cache does not hold documents of kind ${kind}`)
    return documents
  }

  #late({ revision }: Waiter, timeoutMs: number): CacheTimeoutError {
    return new CacheTimeoutError(
      `the cache is at revision ${this.#revision} and not at ${revision} after ${timeoutMs} ms`,
    )
  }
}

function apply({ documents }: Listing, { kind, id, revision, value }: Change): void {
  if (value === undefined) documents.get(kind)?.delete(id)
  else documents.get(kind)?.set(id, Object.freeze({ kind, id, revision, value }))
}

function* difference(before: Documents, after: Documents, revision: number): Iterable<Change> {
  for (const [kind, documents] of after) {
    for (const document of documents.values()) {
      if (before.get(kind)?.get(document.id)?.revision !== document.revision) yield document
    }
  }
  for (const [kind, documents] of before) {
    for (const id of documents.keys()) {
      if (after.get(kind)?.has(id) !== true) yield { kind, id, revision, value: undefined }
    }
  }
}
