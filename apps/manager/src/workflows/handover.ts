import type { AppError } from '@viv/common'

/** Longer than any client needs between two files; nobody waits for one that is gone. */
export const IDLE_MS = 60_000

/** Files that pass through us one by one, until all have, or nothing has moved for too long. */
export class Handover {
  readonly #left: Set<string>
  readonly #over = new AbortController()
  readonly #done = Promise.withResolvers<void>()
  readonly #idle: NodeJS.Timeout

  constructor(parts: Iterable<string>, idleMs: number, givenUp: () => AppError) {
    this.#left = new Set(parts)
    this.#idle = setTimeout(() => this.#done.reject(givenUp()), idleMs)
    if (this.#left.size === 0) this.#done.resolve()
  }

  /** Ends whatever passes still when nobody waits for it any more. */
  get over(): AbortSignal {
    return this.#over.signal
  }

  isLeft(part: string): boolean {
    return this.#left.has(part)
  }

  /** Somebody who is slow is there. */
  moved(): void {
    this.#idle.refresh()
  }

  passed(part: string): void {
    this.#left.delete(part)
    if (this.#left.size === 0) this.#done.resolve()
  }

  /** Returns when every file has passed to its end. */
  async wait(signal: AbortSignal): Promise<void> {
    const stop = () => this.#done.reject(signal.reason)
    signal.addEventListener('abort', stop)
    try {
      signal.throwIfAborted()
      await this.#done.promise
    } finally {
      signal.removeEventListener('abort', stop)
      clearTimeout(this.#idle)
      this.#over.abort(new Error('nobody waits for the files any more'))
    }
  }
}
