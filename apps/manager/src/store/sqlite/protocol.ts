/**
 * What goes between the store and its worker.
 *
 *   main                              worker
 *     │ ──── call, call, call … ────►   drains all that wait, commits the writes once, then reads
 *     │ ◄─── Part (rows of a list) ──
 *     │ ◄─── Settled ────────────────   one message per commit: what changed, then the answers
 *
 * Each Settled is sent after its transactions are on disk and before any read that could show them.
 */
import type { SerializedTransaction } from '../limits.ts'
import type { Conflict } from '../store.ts'
import type { LoggedTransaction, LogLimits, LogPage } from './change-log.ts'
import type { DocumentRow } from './engine.ts'

export interface WorkerSettings {
  readonly path: string
  readonly log: LogLimits
}

export type WriteRequest =
  | { readonly type: 'transaction'; readonly transaction: SerializedTransaction }
  | { readonly type: 'lease'; readonly key: string; readonly ttlMs: number; readonly holder: string }
  | { readonly type: 'renew'; readonly key: string; readonly revision: number }
  | { readonly type: 'release'; readonly key: string; readonly revision: number }

export type ReadRequest =
  | { readonly type: 'get'; readonly kind: string; readonly id: string }
  | { readonly type: 'list'; readonly kind: string }
  | { readonly type: 'changes'; readonly after: number }
  | { readonly type: 'stats' }

export interface StoreStats {
  /** Durable commits: each is one sync of the write-ahead log. */
  readonly commits: number
  readonly transactions: number
}

/** What each request is answered with. */
export interface Results {
  readonly transaction: { readonly revision: number }
  readonly lease: { readonly revision: number } | undefined
  readonly renew: boolean
  readonly release: undefined
  readonly get: DocumentRow | undefined
  /** The rows were sent before, in parts. */
  readonly list: { readonly revision: number }
  readonly changes: LogPage
  readonly stats: StoreStats
  readonly close: undefined
}

export type Request = WriteRequest | ReadRequest | { readonly type: 'close' }
export type Call<R extends Request = Request> = R & { readonly call: number }

/** Classes do not survive the way between threads. */
export type Failure = { readonly type: 'conflict'; readonly conflict: Conflict } | { readonly type: 'full' }

export type Answer =
  | { readonly call: number; readonly result: Results[keyof Results] }
  | { readonly call: number; readonly failure: Failure }

export type WorkerMessage =
  | { readonly type: 'opened'; readonly epoch: string; readonly revision: number }
  | { readonly type: 'refused'; readonly name: string; readonly message: string }
  | { readonly type: 'part'; readonly call: number; readonly rows: readonly DocumentRow[] }
  | { readonly type: 'settled'; readonly committed: readonly LoggedTransaction[]; readonly answers: readonly Answer[] }
