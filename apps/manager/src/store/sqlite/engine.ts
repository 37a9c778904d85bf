import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { SerializedTransaction, SerializedWrite } from '../limits.ts'
import type { Conflict, Expectation, ExpectedRevision } from '../store.ts'
import { ChangeLog, type LoggedTransaction, type LogLimits, type LogPage } from './change-log.ts'

export interface DocumentRow {
  readonly id: string
  readonly revision: number
  readonly text: string
}

export type Outcome = { readonly revision: number } | { readonly conflict: Conflict }

/**
 * The rules of the store on one open database, without threads: `group` makes one durable commit of all transactions
 * that are applied inside it. A transaction is checked whole before it writes, so one that conflicts leaves nothing
 * behind and needs no savepoint; anything worse fails the group.
 */
export class Engine {
  readonly epoch: string
  readonly #database: DatabaseSync
  readonly #log: ChangeLog
  readonly #get: StatementSync
  readonly #revisionOf: StatementSync
  readonly #list: StatementSync
  readonly #put: StatementSync
  readonly #delete: StatementSync
  #revision: number
  #applied: LoggedTransaction[] = []
  #commits = 0
  #transactions = 0

  constructor(database: DatabaseSync, limits: LogLimits, now: () => number) {
    this.#database = database
    this.#log = new ChangeLog(database, limits, now)
    this.#get = database.prepare('SELECT id, revision, value FROM document WHERE kind = ? AND id = ?')
    this.#revisionOf = database.prepare('SELECT revision FROM document WHERE kind = ? AND id = ?')
    this.#list = database.prepare('SELECT id, revision, value FROM document WHERE kind = ? ORDER BY id')
    this.#put = database.prepare(
      `INSERT INTO document (kind, id, revision, value) VALUES (?, ?, ?, ?)
       ON CONFLICT (kind, id) DO UPDATE SET revision = excluded.revision, value = excluded.value`,
    )
    this.#delete = database.prepare('DELETE FROM document WHERE kind = ? AND id = ?')
    this.epoch = String(database.prepare('SELECT epoch FROM meta').get()?.['epoch'])
    this.#revision = this.#log.load()
  }

  get revision(): number {
    return this.#revision
  }

  get stats(): { readonly commits: number; readonly transactions: number } {
    return { commits: this.#commits, transactions: this.#transactions }
  }

  /** Answers the transactions that changed something, after they are on disk; throws with nothing changed. */
  group(work: () => void): readonly LoggedTransaction[] {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      work()
      const applied = this.#applied
      if (applied.length > 0) this.#log.dropOld(applied.length)
      this.#database.exec('COMMIT')
      this.#commits += applied.length > 0 ? 1 : 0
      this.#transactions += applied.length
      return applied
    } catch (error) {
      // SQLite has rolled back by itself after some failures, and says so only here.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      this.#revision = this.#log.load()
      throw error
    } finally {
      this.#applied = []
    }
  }

  /** Only inside `group`. */
  apply({ expect, writes }: SerializedTransaction): Outcome {
    const conflict = this.#firstConflict(expect)
    if (conflict !== undefined) return { conflict }
    const revision = this.#revision + 1
    const effective = writes.filter((write) => this.#write(write, revision))
    if (effective.length > 0) {
      this.#applied.push(this.#log.append(revision, effective))
      this.#revision = revision
    }
    return { revision: this.#revision }
  }

  get(kind: string, id: string): DocumentRow | undefined {
    const row = this.#get.get(kind, id)
    return row === undefined ? undefined : documentRow(row)
  }

  *list(kind: string): Iterable<DocumentRow> {
    for (const row of this.#list.iterate(kind)) yield documentRow(row)
  }

  changesAfter(revision: number): LogPage {
    return this.#log.after(revision)
  }

  #firstConflict(expect: readonly Expectation[]): Conflict | undefined {
    for (const { kind, id, revision } of expect) {
      const row = this.#revisionOf.get(kind, id)
      const actual: ExpectedRevision = row === undefined ? 'absent' : Number(row['revision'])
      if (actual !== revision) return { kind, id, expected: revision, actual }
    }
    return undefined
  }

  /** False where there was nothing to delete. */
  #write({ kind, id, text }: SerializedWrite, revision: number): boolean {
    const { changes } = text === null ? this.#delete.run(kind, id) : this.#put.run(kind, id, revision, text)
    return Number(changes) > 0
  }
}

function documentRow(row: Record<string, unknown>): DocumentRow {
  return { id: String(row['id']), revision: Number(row['revision']), text: String(row['value']) }
}
