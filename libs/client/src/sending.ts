import type { Task } from '@viv/api'
import type { Client } from './client.ts'
import { ApiError, UnreachableError } from './errors.ts'
import { hasEnded } from './tasks.ts'

/** A host whose agent is restarted, or a server that is, is back sooner, and waits for the files again. */
const PATIENCE_MS = 30_000
/** One turn of waiting, by the server where it answers. */
const TURN_SECONDS = 1
/** Taking back what has arrived is quick: a name that is free again can be used at once. */
const UNDO_SECONDS = '10'

export interface PartsToSend {
  readonly client: Client
  /** An adoption that has begun. */
  readonly task: Task
  readonly parts: readonly string[]
  readonly signal: AbortSignal
  readonly patienceMs?: number
  send(part: string): Promise<void>
  /** The task does not take any now. */
  onWait(task: Task): void
  /** The error of a task that ended and did not succeed. */
  failure(task: Task): Error
}

/**
 * Offers the files of a package until the task has taken all. One that is refused as not waited for is offered again:
 * either the task does not wait yet, or it has that file. After a cut nobody knows which have arrived, so all are
 * offered again. Where it throws, what has arrived was taken back.
 */
export async function sendParts(sending: PartsToSend): Promise<void> {
  try {
    await offerAll(sending)
  } catch (error) {
    throw await takenBack(sending, error)
  }
}

async function offerAll(sending: PartsToSend): Promise<void> {
  const { task, parts, signal, send, onWait, failure, patienceMs = PATIENCE_MS } = sending
  let left = new Set(parts)
  /** Since when nothing gets through; and whether nobody knows what has arrived. */
  let cutAt: number | undefined
  let isUnsure = false
  for (let now: Task | Error = task; ; now = await turn(sending)) {
    if (!(now instanceof Error)) {
      if (hasEnded(now) && now.state !== 'succeeded') throw failure(now)
      if (hasEnded(now)) return
      if (now !== task) onWait(now)
    }
    for (const part of left) {
      signal.throwIfAborted()
      const outcome = await offer(part, send)
      if (outcome instanceof Error) {
        cutAt ??= performance.now()
        if (performance.now() - cutAt > patienceMs) throw outcome
      } else cutAt = undefined
      if (outcome === 'taken') left.delete(part)
      else if (outcome instanceof Error || (!isUnsure && left.size < parts.length)) {
        // One that took a file and now takes none has begun anew.
        isUnsure = true
        left = new Set(parts)
        break
      } else if (!isUnsure) break
    }
    if (left.size === 0) return
  }
}

/** A moment later: the task, or that the server did not answer. */
async function turn({ client, task }: PartsToSend): Promise<Task | Error> {
  try {
    return await client.taskGet({ params: { taskId: task.id }, query: { wait: String(TURN_SECONDS) } })
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error
    await new Promise((resolve) => setTimeout(resolve, TURN_SECONDS * 1000))
    return error
  }
}

/** How it went; a cut, after which it may be tried again, is answered as its error. */
async function offer(part: string, send: PartsToSend['send']): Promise<'taken' | 'refused' | Error> {
  try {
    await send(part)
    return 'taken'
  } catch (error) {
    if (error instanceof UnreachableError) return error
    if (!(error instanceof ApiError)) throw error
    if (error.code === 'host_unavailable') return error
    if (error.body?.blockers?.some(({ reason }) => reason === 'not_ready_to_send') === true) return 'refused'
    throw error
  }
}

/** Asks the server to keep nothing. The error that is to be told: that of the task, where it ended by itself. */
async function takenBack({ client, task, failure }: PartsToSend, error: unknown): Promise<unknown> {
  const params = { taskId: task.id }
  try {
    const before = await client.taskGet({ params })
    if (before.state === 'failed') return failure(before)
    if (!hasEnded(before)) {
      await client.taskCancel({ params })
      await client.taskGet({ params, query: { wait: UNDO_SECONDS } })
    }
  } catch {
    // A server that does not answer gives the VM up by itself when nothing has come for a minute.
  }
  return error
}
