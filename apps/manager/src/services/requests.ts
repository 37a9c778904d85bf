import type { Task } from '@viv/api'
import { refuse } from '@viv/common'
import type { Caller } from '../auth/caller.ts'
import type { Documents } from '../store/documents.ts'
import type { StoreCache } from '../store/cache.ts'
import { StoreConflictError } from '../store/store.ts'
import type { Expectation, Write } from '../store/store.ts'
import type { Engine } from '../workflows/engine.ts'
import { sha256 } from './ids.ts'

/** How a change was asked for, beside its body. */
export interface ChangeRequest {
  readonly caller: Caller
  readonly operation: string
  readonly idempotencyKey?: string
  /** Everything that the request says: the same key with other words is refused. */
  readonly words: string
}

/** Two admins at once: the loser reads again and decides again, this often. */
const CONFLICT_RETRIES = 5

/** Makes requests safe to repeat: the key's document names the task that the first sending began. */
export class Requests {
  readonly #documents: Documents
  readonly #engine: Engine

  constructor(documents: Documents, engine: Engine) {
    this.#documents = documents
    this.#engine = engine
  }

  /** The task that an earlier sending of this request began. */
  repeated(request: ChangeRequest): Task | undefined {
    if (request.idempotencyKey === undefined) return undefined
    const found = this.#documents.idempotency.find(keyId(request))
    if (found === undefined) return undefined
    if (found.value.requestHash !== sha256(request.words)) throw refuse('idempotency_key_reused', {})
    return this.#engine.view(found.value.taskId)
  }

  /** What to add to the beginning of the task. */
  remember(request: ChangeRequest, taskId: string): { expect: Expectation[]; writes: Write[] } {
    if (request.idempotencyKey === undefined) return { expect: [], writes: [] }
    const { idempotency } = this.#documents
    const doc = { requestHash: sha256(request.words), taskId, createdAt: new Date().toISOString() }
    const id = keyId(request)
    return { expect: [idempotency.expectAbsent(id)], writes: [idempotency.write(id, doc)] }
  }
}

const keyId = ({ caller, operation, idempotencyKey = '' }: ChangeRequest): string =>
  sha256(JSON.stringify([caller.userName, operation, idempotencyKey]))

/** Decides anew when somebody else's change came between reading and writing. */
export async function retryConflicts<T>(cache: StoreCache, decide: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await decide()
    } catch (error) {
      if (!(error instanceof StoreConflictError) || tries === CONFLICT_RETRIES) throw error
      if (error.actual !== 'absent') await cache.waitFor(error.actual)
    }
  }
}
