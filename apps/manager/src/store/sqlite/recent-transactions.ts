import type { JsonObject } from '@viv/common'
import { deepFreeze } from '../frozen-json.ts'
import type { Change, CommittedTransaction } from '../store.ts'
import type { LoggedChange, LoggedTransaction } from './change-log.ts'

/** Enough for watchers that are a burst behind; whoever is further behind reads from the log. */
const KEPT_TRANSACTIONS = 256
const KEPT_CHARS = 1024 * 1024

interface Recent {
  readonly transaction: CommittedTransaction
  readonly chars: number
}

/**
 * The newest transactions in memory, shared by all watchers, each of whom has only a position: a slow one costs nothing.
 *
 *   log on disk ……………… floor ][ recent, oldest → newest ]     a watcher behind `floor` reads the log until it is not
 */
export class RecentTransactions {
  readonly #recent: Recent[] = []
  readonly #waiting = new Set<() => void>()
  #floor: number
  #chars = 0

  constructor(revision: number) {
    this.#floor = revision
  }

  /** True where everything after the revision is here. */
  reaches(revision: number): boolean {
    return revision >= this.#floor
  }

  push(logged: LoggedTransaction): void {
    this.#recent.push({ transaction: parseTransaction(logged), chars: logged.changes.length })
    this.#chars += logged.changes.length
    while (this.#recent.length > KEPT_TRANSACTIONS || this.#chars > KEPT_CHARS) this.#dropOldest()
    this.wakeAll()
  }

  /** The first transaction after the revision. */
  after(revision: number): CommittedTransaction | undefined {
    let low = 0
    let high = this.#recent.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#recent[middle]?.transaction.revision ?? 0) > revision) high = middle
      else low = middle + 1
    }
    return this.#recent[low]?.transaction
  }

  /** Until something is pushed, the signal aborts or the store wakes everybody because it closes. */
  async grown(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const wake = (): void => resolve()
    this.#waiting.add(wake)
    signal.addEventListener('abort', wake)
    await promise
    this.#waiting.delete(wake)
    signal.removeEventListener('abort', wake)
  }

  wakeAll(): void {
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }

  #dropOldest(): void {
    const oldest = this.#recent.shift()
    if (oldest === undefined) return
    this.#floor = oldest.transaction.revision
    this.#chars -= oldest.chars
  }
}

export function parseTransaction({ revision, changes }: LoggedTransaction): CommittedTransaction {
  const logged = JSON.parse(changes) as LoggedChange<JsonObject>[]
  return deepFreeze({
    revision,
    changes: logged.map(({ kind, id, value }): Change => ({ kind, id, revision, value })),
  })
}
