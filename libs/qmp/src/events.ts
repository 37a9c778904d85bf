import { QmpTimeoutError } from './errors.ts'
import type { QmpEvents } from './generated/events.ts'

export type QmpEventName = keyof QmpEvents

/** One event, with the time QEMU put on it. */
export type QmpEvent<Name extends QmpEventName = QmpEventName> = {
  [N in Name]: { name: N; data: QmpEvents[N]; occurredAt: Date }
}[Name]

export type QmpListener<Name extends QmpEventName> = (event: QmpEvent<Name>) => void

/** Gets what a listener threw. A listener is a guest in the session: its failure must not end it. */
export type ListenerErrorHandler = (error: unknown, eventName: string) => void

export interface WaitOptions<Name extends QmpEventName> {
  /** Which of the events of that name ends the wait; every one without it. */
  where?: (data: QmpEvents[Name]) => boolean
  timeoutMs: number
}

/** Any event; a newer QEMU sends some that the generated types do not know. */
type AnyListener = (event: QmpEvent) => void

export class QmpEventHub {
  readonly #listeners = new Set<AnyListener>()
  readonly #onListenerError: ListenerErrorHandler
  readonly #ends = new Set<(reason: Error) => void>()
  #endReason: Error | undefined

  constructor(onListenerError: ListenerErrorHandler) {
    this.#onListenerError = onListenerError
  }

  /** Calls `listener` for every event, in QEMU's order. Returns what ends the subscription. */
  onAny(listener: AnyListener): () => void {
    // Its own function, so that subscribing one listener twice makes two subscriptions.
    const subscribed: AnyListener = (event) => listener(event)
    this.#listeners.add(subscribed)
    return () => this.#listeners.delete(subscribed)
  }

  /** Calls `listener` for every event of that name. Returns what ends the subscription. */
  on<Name extends QmpEventName>(name: Name, listener: QmpListener<Name>): () => void {
    return this.onAny((event) => {
      if (event.name === name) listener(event as QmpEvent<Name>)
    })
  }

  /**
   * The next such event from now on, so call it before the command that causes the event. Fails with
   * `QmpTimeoutError`, or with the session's reason when that ends first.
   */
  wait<Name extends QmpEventName>(name: Name, options: WaitOptions<Name>): Promise<QmpEvent<Name>> {
    if (this.#endReason !== undefined) return Promise.reject(this.#endReason)
    const { promise, resolve, reject } = Promise.withResolvers<QmpEvent<Name>>()
    const unsubscribe = this.on(name, (event) => {
      try {
        if (options.where?.(event.data) === false) return
      } catch (error) {
        settle(() => reject(error))
        return
      }
      settle(() => resolve(event))
    })
    const end = (reason: Error) => settle(() => reject(reason))
    const timer = setTimeout(() => end(new QmpTimeoutError(`event ${name}`, options.timeoutMs)), options.timeoutMs)
    const settle = (finish: () => void) => {
      clearTimeout(timer)
      unsubscribe()
      this.#ends.delete(end)
      finish()
    }
    this.#ends.add(end)
    // Whoever waits usually sends a command first; where that fails nobody awaits this promise, and its
    // rejection must not end the process. The caller's own await still sees it.
    promise.catch(() => {})
    return promise
  }

  /** For the session: hands an event to every listener. */
  emit(event: QmpEvent): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event)
      } catch (error) {
        this.#onListenerError(error, event.name)
      }
    }
  }

  /** For the session: no event comes any more. */
  end(reason: Error): void {
    this.#endReason = reason
    for (const end of [...this.#ends]) end(reason)
    this.#listeners.clear()
  }
}
