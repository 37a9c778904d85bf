/** A question costs us 0.1 ms and its QEMU 0.25: fifty machines asked this often are 4 ms of one processor a second. */
export const ASK_EVERY_MS = 5_000
/** QEMU answers at once; under load, or while storage drains, within a second or two. Nothing is done to a silent one. */
export const SILENT_AFTER_MS = 5_000

export interface WatchdogParts<T> {
  /** Rejects where there is no connection. */
  ask(): Promise<T>
  onSilent(): void
  /** It had been silent, and speaks again. */
  onHeard(answer: T): void
}

/**
 * Asks a machine again and again whether it still answers.
 *
 *   answered ──▶ asked ──answer──▶ answered
 *                  │ no answer within SILENT_AFTER_MS, also over several questions that failed at once
 *                  ▼
 *                silent ──answer, however late──▶ answered
 *
 * A question stays open while the machine is silent, so that its answer is heard at once, and nothing piles up.
 */
export class Watchdog<T> {
  readonly #parts: WatchdogParts<T>
  #next: NodeJS.Timeout | undefined
  #silence: NodeJS.Timeout | undefined
  #isSilent = false
  #isStopped = false

  constructor(parts: WatchdogParts<T>) {
    this.#parts = parts
    this.#askLater()
  }

  get isSilent(): boolean {
    return this.#isSilent
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#next)
    clearTimeout(this.#silence)
  }

  /** From now on it must speak: its connection has gone. */
  expect(): void {
    if (this.#isStopped || this.#isSilent) return
    this.#silence ??= setTimeout(() => {
      this.#isSilent = true
      this.#parts.onSilent()
    }, SILENT_AFTER_MS)
  }

  /** It has spoken. Answers whether it had been silent. */
  heard(): boolean {
    clearTimeout(this.#silence)
    this.#silence = undefined
    const wasSilent = this.#isSilent
    this.#isSilent = false
    return wasSilent && !this.#isStopped
  }

  #askLater(): void {
    if (!this.#isStopped) this.#next = setTimeout(() => void this.#ask(), ASK_EVERY_MS)
  }

  async #ask(): Promise<void> {
    this.expect()
    try {
      const answer = await this.#parts.ask()
      if (this.heard()) this.#parts.onHeard(answer)
    } catch {
      // No connection: asked again, while the time that it may be silent runs on.
    }
    this.#askLater()
  }
}
