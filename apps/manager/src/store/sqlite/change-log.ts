import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { SerializedWrite } from '../limits.ts'

/** How much of the past can be watched from; whichever bound is reached first drops the oldest transactions. */
export interface LogLimits {
  readonly maxTransactions: number
  readonly maxAgeMs: number
}

/** `changes` is the JSON of `LoggedChange[]`. */
export interface LoggedTransaction {
  readonly revision: number
  readonly changes: string
}

/** Without a value where the document was deleted. */
export interface LoggedChange<V> {
  readonly kind: string
  readonly id: string
  readonly value?: V
}

export type LogPage = { readonly transactions: readonly LoggedTransaction[] } | { readonly oldestRevision: number }

/** A page is at most this many characters and one transaction, so that a reader far behind stays flat. */
const PAGE_CHARS = 1024 * 1024
/** Dropped together with one commit beyond as many as it added: a bounded step that still catches up. */
const DROP_EXTRA = 64

export class ChangeLog {
  readonly #limits: LogLimits
  readonly #now: () => number
  readonly #insert: StatementSync
  readonly #after: StatementSync
  readonly #oldest: StatementSync
  readonly #drop: StatementSync
  readonly #setCompacted: StatementSync
  readonly #state: StatementSync
  #compactedRevision = 0
  #count = 0

  constructor(database: DatabaseSync, limits: LogLimits, now: () => number) {
    this.#limits = limits
    this.#now = now
    this.#insert = database.prepare('INSERT INTO log (revision, written_at_ms, changes) VALUES (?, ?, ?)')
    this.#after = database.prepare('SELECT revision, changes FROM log WHERE revision > ? ORDER BY revision')
    this.#oldest = database.prepare('SELECT revision, written_at_ms FROM log ORDER BY revision LIMIT ?')
    this.#drop = database.prepare('DELETE FROM log WHERE revision <= ?')
    this.#setCompacted = database.prepare('UPDATE meta SET compacted_revision = ?')
    this.#state = database.prepare(
      'SELECT compacted_revision, (SELECT max(revision) FROM log) AS newest, (SELECT count(*) FROM log) AS count FROM meta',
    )
  }

  /** Reads again what memory knows of the log; answers the store's revision. */
  load(): number {
    const state = this.#state.get()
    this.#compactedRevision = Number(state?.['compacted_revision'])
    this.#count = Number(state?.['count'])
    return Math.max(this.#compactedRevision, Number(state?.['newest'] ?? 0))
  }

  append(revision: number, writes: readonly SerializedWrite[]): LoggedTransaction {
    const changes = `[${writes.map(changeText).join(',')}]`
    this.#insert.run(revision, this.#now(), changes)
    this.#count += 1
    return { revision, changes }
  }

  after(revision: number): LogPage {
    if (revision < this.#compactedRevision) return { oldestRevision: this.#compactedRevision }
    const transactions: LoggedTransaction[] = []
    let chars = 0
    for (const row of this.#after.iterate(revision)) {
      const transaction = { revision: Number(row['revision']), changes: String(row['changes']) }
      transactions.push(transaction)
      chars += transaction.changes.length
      if (chars >= PAGE_CHARS) break
    }
    return { transactions }
  }

  /** Rides on a commit that is made anyway and so costs no sync of its own. */
  dropOld(added: number): void {
    const oldestKept = this.#now() - this.#limits.maxAgeMs
    let dropped = 0
    let compactedRevision = this.#compactedRevision
    for (const row of this.#oldest.iterate(added + DROP_EXTRA)) {
      const isOverCount = this.#count - dropped > this.#limits.maxTransactions
      if (!isOverCount && Number(row['written_at_ms']) >= oldestKept) break
      compactedRevision = Number(row['revision'])
      dropped += 1
    }
    if (dropped === 0) return
    this.#drop.run(compactedRevision)
    this.#setCompacted.run(compactedRevision)
    this.#compactedRevision = compactedRevision
    this.#count -= dropped
  }
}

/** The value is JSON already and goes in as it is. */
function changeText({ kind, id, text }: SerializedWrite): string {
  const key = `"kind":${JSON.stringify(kind)},"id":${JSON.stringify(id)}`
  return text === null ? `{${key}}` : `{${key},"value":${text}}`
}
