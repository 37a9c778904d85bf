import { refuse } from '@viv/common'
import { decide, type RequestKind } from '../domain/request-policy.ts'

interface Request {
  readonly kind: RequestKind
  readonly begin: () => Promise<void>
  readonly sendHome: () => void
}

/** Runs one request of a VM at a time, as the policy says (domain/request-policy.ts). */
export class RequestQueue {
  #running: { kind: RequestKind; abort: AbortController } | undefined
  #waiting: Request[] = []

  ask<T>(kind: RequestKind, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const verdict = decide(
      { running: this.#running?.kind, waiting: this.#waiting.map((request) => request.kind) },
      kind,
    )
    if (verdict.type === 'deny')
      throw refuse('agent_refused', { step: kind, problem: verdict.reason.replaceAll('_', ' ') })
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const abort = new AbortController()
    const begin = async () => {
      this.#running = { kind, abort }
      try {
        const both = AbortSignal.any([signal, abort.signal])
        both.throwIfAborted()
        resolve(await work(both))
      } catch (error) {
        reject(error)
      } finally {
        this.#running = undefined
        void this.#waiting.shift()?.begin()
      }
    }
    const request = { kind, begin, sendHome: () => reject(superseded(kind)) }
    if (verdict.type === 'run') void begin()
    else if (verdict.type === 'wait') this.#waiting.push(request)
    else {
      for (const other of this.#waiting.splice(0, Infinity, request)) other.sendHome()
      this.#running?.abort.abort(superseded(kind))
    }
    return promise
  }
}

const superseded = (kind: RequestKind): Error =>
  refuse('agent_refused', { step: kind, problem: 'a forced stop came in between' })
