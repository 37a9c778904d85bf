import { isEnded } from '../domain/task.ts'
import type { Documents } from '../store/documents.ts'
import type { Store, Write } from '../store/store.ts'

const EVERY_MS = 10 * 60_000
/** People look back this far; older ended tasks go. */
const ENDED_TASKS_KEPT = 1000
/** A client that repeats a request does it within a day. */
const IDEMPOTENCY_KEPT_MS = 24 * 3_600_000
const WRITES_A_TRANSACTION = 90

/** Keeps what only grows within bounds: ended tasks, and keys of requests that nobody repeats any more. */
export class Retention {
  readonly #store: Store
  readonly #documents: Documents
  readonly #timer: NodeJS.Timeout

  constructor(store: Store, documents: Documents, onProblem: (error: unknown) => void) {
    this.#store = store
    this.#documents = documents
    this.#timer = setInterval(() => void this.prune().catch(onProblem), EVERY_MS)
  }

  async prune(): Promise<void> {
    const writes = [...this.#oldTasks(), ...this.#oldKeys()]
    for (let from = 0; from < writes.length; from += WRITES_A_TRANSACTION) {
      await this.#store.transaction({ writes: writes.slice(from, from + WRITES_A_TRANSACTION) })
    }
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #oldTasks(): Write[] {
    // A request that can still be repeated is answered with its task.
    const needed = new Set(this.#documents.idempotency.list().map(({ value }) => value.taskId))
    const ended = this.#documents.tasks.list().filter(({ id, value }) => isEnded(value) && !needed.has(id))
    const newestFirst = ended.sort((a, b) => ((a.value.endedAt ?? '') < (b.value.endedAt ?? '') ? 1 : -1))
    return newestFirst.slice(ENDED_TASKS_KEPT).map(({ id }) => this.#documents.tasks.remove(id))
  }

  #oldKeys(): Write[] {
    const oldest = new Date(Date.now() - IDEMPOTENCY_KEPT_MS).toISOString()
    const { idempotency } = this.#documents
    return idempotency
      .list()
      .filter(({ value }) => value.createdAt < oldest)
      .map(({ id }) => idempotency.remove(id))
  }
}
