import type { Task } from '@viv/api'
import { refuse } from '@viv/common'
import type { Caller } from '../auth/caller.ts'
import type { Documents } from '../store/documents.ts'
import type { Expectation, Write } from '../store/store.ts'
import type { Engine } from '../workflows/engine.ts'
import { sha256 } from './ids.ts'

/** How a change was asked for, beside its body. */
export interface ChangeRequest {
  readonly caller: Caller
  readonly operation: string
  readonly idempotencyKey?: string
  /** What the caller gives as the reason, for the history. */
  readonly why?: string
  /** Everything that the request says: the same key with other words is refused. */
  readonly words: string
}

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
