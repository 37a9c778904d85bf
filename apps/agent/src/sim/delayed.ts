/** Hands messages on in their order, each so much later as is asked when it comes. */
export class Delayed<T> {
  readonly #delayMs: () => number
  readonly #send: (message: T) => void
  readonly #waiting: { readonly message: T; readonly dueMs: number }[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(delayMs: () => number, send: (message: T) => void) {
    this.#delayMs = delayMs
    this.#send = send
  }

  push(message: T): void {
    const delayMs = this.#delayMs()
    if (delayMs === 0 && this.#waiting.length === 0) return this.#send(message)
    this.#waiting.push({ message, dueMs: Date.now() + delayMs })
    this.#timer ??= setTimeout(() => this.#pass(), delayMs)
  }

  /** What waits is never sent. */
  end(): void {
    clearTimeout(this.#timer)
    this.#waiting.length = 0
  }

  #pass(): void {
    while (this.#waiting[0] !== undefined && this.#waiting[0].dueMs <= Date.now()) {
      this.#send(this.#waiting.shift()!.message)
    }
    const next = this.#waiting[0]
    this.#timer = next === undefined ? undefined : setTimeout(() => this.#pass(), next.dueMs - Date.now())
  }
}
