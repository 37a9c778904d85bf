import type { JsonObject } from '@viv/common'
import { parseFrozen } from '../frozen-json.ts'
import { checkId, checkKind, checkLease, serializeTransaction } from '../limits.ts'
import { type Lease, LEASE_KIND, type Store, type StoredDocument, type Transaction, type WatchEvent } from '../store.ts'
import type { LogLimits } from './change-log.ts'
import type { DocumentRow } from './engine.ts'
import type { StoreStats } from './protocol.ts'
import { parseTransaction, RecentTransactions } from './recent-transactions.ts'
import { DatabaseWorker } from './database-worker.ts'

/** A watcher that was away for a restart or a lunch break goes on where it was; longer and it lists again. */
const LOG_LIMITS: LogLimits = { maxTransactions: 10_000, maxAgeMs: 24 * 60 * 60 * 1000 }

export interface SqliteStoreOptions {
  readonly log?: LogLimits
}

/** The store of one manager, embedded: a SQLite database that one worker thread owns. */
export class SqliteStore implements Store {
  readonly epoch: string
  readonly #worker: DatabaseWorker
  readonly #recent: RecentTransactions

  static async open(path: string, { log = LOG_LIMITS }: SqliteStoreOptions = {}): Promise<SqliteStore> {
    return new SqliteStore(await DatabaseWorker.start({ path, log }))
  }

  private constructor({ worker, epoch, revision }: Awaited<ReturnType<typeof DatabaseWorker.start>>) {
    this.epoch = epoch
    this.#worker = worker
    this.#recent = new RecentTransactions(revision)
    worker.listen({
      onCommitted: (transaction) => this.#recent.push(transaction),
      onClosed: () => this.#recent.wakeAll(),
    })
  }

  async get(kind: string, id: string): Promise<StoredDocument | undefined> {
    checkKind(kind)
    checkId(id)
    const row = await this.#worker.call({ type: 'get', kind, id })
    return row === undefined ? undefined : parseDocument(kind, row)
  }

  async list(kind: string): Promise<{ revision: number; documents: StoredDocument[] }> {
    checkKind(kind)
    const documents: StoredDocument[] = []
    const { revision } = await this.#worker.call({ type: 'list', kind }, (rows) => {
      for (const row of rows) documents.push(parseDocument(kind, row))
    })
    return { revision, documents }
  }

  async transaction(transaction: Transaction): Promise<{ revision: number }> {
    return this.#worker.call({ type: 'transaction', transaction: serializeTransaction(transaction) })
  }

  async *watch(fromRevision: number, signal: AbortSignal): AsyncGenerator<WatchEvent, void, undefined> {
    let position = fromRevision
    while (!signal.aborted) {
      if (this.#recent.reaches(position)) {
        const transaction = this.#recent.after(position)
        if (transaction === undefined) {
          this.#worker.failIfClosed()
          await this.#recent.grown(signal)
        } else {
          position = transaction.revision
          yield transaction
        }
      } else {
        const page = await this.#worker.call({ type: 'changes', after: position })
        if ('oldestRevision' in page) return yield { compacted: true, oldestRevision: page.oldestRevision }
        for (const logged of page.transactions) {
          if (signal.aborted) return
          position = logged.revision
          yield parseTransaction(logged)
        }
      }
    }
  }

  async lease(key: string, ttlMs: number, holder: JsonObject = {}): Promise<Lease | undefined> {
    checkLease(key, ttlMs)
    const taken = await this.#worker.call({ type: 'lease', key, ttlMs, holder: JSON.stringify(holder) })
    if (taken === undefined) return undefined
    const { revision } = taken
    return {
      key,
      expectation: { kind: LEASE_KIND, id: key, revision },
      renew: () => this.#worker.call({ type: 'renew', key, revision }),
      release: () => this.#worker.call({ type: 'release', key, revision }),
    }
  }

  stats(): Promise<StoreStats> {
    return this.#worker.call({ type: 'stats' })
  }

  /** Calls made before are still settled. */
  close(): Promise<void> {
    return this.#worker.close()
  }
}

function parseDocument(kind: string, { id, revision, text }: DocumentRow): StoredDocument {
  return Object.freeze({ kind, id, revision, value: parseFrozen(text) })
}
