import type { JsonObject } from '@viv/common'

/**
 * The one place where everything that is wanted is kept: documents by kind and id, each with the revision of the
 * transaction that wrote it last. The revision is one integer for the whole store and only grows; it may skip numbers.
 *
 *   get, list ──► documents at a revision ──► watch(that revision) ──► every later transaction, whole and in order
 *
 * The interface promises only what an embedded database and a consensus store can both do: the limits are in
 * limits.ts, the promises in conformance/, which every implementation must pass.
 */

/** The value is frozen through and through: one copy may be shared by many readers. */
export interface StoredDocument {
  readonly kind: string
  readonly id: string
  readonly revision: number
  readonly value: JsonObject
}

export type ExpectedRevision = number | 'absent'

export interface Expectation {
  readonly kind: string
  readonly id: string
  readonly revision: ExpectedRevision
}

export type Write =
  | { readonly kind: string; readonly id: string; readonly value: JsonObject }
  | { readonly kind: string; readonly id: string; readonly isDelete: true }

export interface Transaction {
  readonly expect?: readonly Expectation[]
  readonly writes: readonly Write[]
}

/** `value` is undefined where the document was deleted. */
export interface Change {
  readonly kind: string
  readonly id: string
  readonly revision: number
  readonly value: JsonObject | undefined
}

/** `changes` may be empty: an implementation may say that nothing else happened up to this revision. */
export interface CommittedTransaction {
  readonly revision: number
  readonly changes: readonly Change[]
}

/** The changes after the asked revision are no longer kept; the oldest one that can be watched from is named. */
export interface Compacted {
  readonly compacted: true
  readonly oldestRevision: number
}

export type WatchEvent = CommittedTransaction | Compacted

/** Leases are documents of this kind, so that they are watched and expected like any other; only `lease` writes them. */
export const LEASE_KIND = 'lease'

export interface Lease {
  readonly key: string
  /** Holds in a transaction for exactly as long as the lease is ours: a lease taken anew has another revision. */
  readonly expectation: Expectation
  /** False where the lease was lost: it does not come back, take a new one. */
  renew(): Promise<boolean>
  /** Does nothing where the lease was lost. */
  release(): Promise<void>
}

export interface Store {
  /** Random, made with the database; part of every token, because revisions of another database mean nothing. */
  readonly epoch: string
  get(kind: string, id: string): Promise<StoredDocument | undefined>
  /** Ordered by id. */
  list(kind: string): Promise<{ readonly revision: number; readonly documents: readonly StoredDocument[] }>
  /**
   * All writes get the one revision that is answered, and are on disk by then. Throws StoreConflictError at the first
   * expectation that does not hold and StoreLimitError for a broken limit, with nothing written. A transaction that
   * changes nothing (no write, or only removals of what is not there) answers the current revision and is not watched.
   */
  transaction(transaction: Transaction): Promise<{ readonly revision: number }>
  /** Every transaction after `fromRevision`. Ends when aborted and after `compacted`; throws when the store closes. */
  watch(fromRevision: number, signal: AbortSignal): AsyncIterable<WatchEvent>
  /**
   * Takes a key that vanishes when it is not renewed, never sooner than `ttlMs` after the last renewal and possibly
   * later; undefined where it is held, also by this same store. `get(LEASE_KIND, key)` tells the holder's words.
   */
  lease(key: string, ttlMs: number, holder?: JsonObject): Promise<Lease | undefined>
  close(): Promise<void>
}

export interface Conflict {
  readonly kind: string
  readonly id: string
  readonly expected: ExpectedRevision
  readonly actual: ExpectedRevision
}

const words = (revision: ExpectedRevision): string => (revision === 'absent' ? 'absent' : `at revision ${revision}`)

export class StoreConflictError extends Error {
  override readonly name = 'StoreConflictError'
  readonly kind: string
  readonly id: string
  readonly expected: ExpectedRevision
  readonly actual: ExpectedRevision

  constructor({ kind, id, expected, actual }: Conflict) {
    super(`${kind} ${id} was expected ${words(expected)} and is ${words(actual)}`)
    this.kind = kind
    this.id = id
    this.expected = expected
    this.actual = actual
  }
}

/** A limit of the interface was broken: a mistake of the program, not of its user. */
export class StoreLimitError extends Error {
  override readonly name = 'StoreLimitError'
}

/** The store was closed or its engine died: nothing more can be said about calls that were under way. */
export class StoreClosedError extends Error {
  override readonly name = 'StoreClosedError'
}

/** Nothing of the transaction was written; it may succeed once there is room. */
export class StoreFullError extends Error {
  override readonly name = 'StoreFullError'
}
