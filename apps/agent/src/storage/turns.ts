interface Turn {
  readonly over: Promise<void>
  readonly interrupt: AbortController
}

/**
 * One change of a volume at a time. Who comes next interrupts the one before; a transfer whose sender is gone
 * without a word obeys, so that a removal does not wait for it.
 */
export class Turns {
  readonly #last = new Map<string, Turn>()

  async take<T>(key: string, work: (interrupted: AbortSignal) => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    const { promise: over, resolve } = Promise.withResolvers<void>()
    const turn: Turn = { over, interrupt: new AbortController() }
    this.#last.set(key, turn)
    try {
      before?.interrupt.abort(new Error('another request about this volume came'))
      await before?.over
      return await work(turn.interrupt.signal)
    } finally {
      if (this.#last.get(key) === turn) this.#last.delete(key)
      resolve()
    }
  }
}
