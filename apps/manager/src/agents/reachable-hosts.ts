/** Who waits for which host. A host that nobody has heard of yet can be waited for too. */
export class ReachableHosts {
  readonly #isReachable: (hostId: string) => boolean
  readonly #waits = new Map<string, Set<() => void>>()

  constructor(isReachable: (hostId: string) => boolean) {
    this.#isReachable = isReachable
  }

  until(hostId: string, signal: AbortSignal): Promise<void> {
    if (this.#isReachable(hostId)) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const waits = this.#waits.get(hostId) ?? new Set()
      this.#waits.set(hostId, waits)
      const end = (settle: () => void) => {
        waits.delete(arrived)
        if (waits.size === 0 && this.#waits.get(hostId) === waits) this.#waits.delete(hostId)
        signal.removeEventListener('abort', fail)
        settle()
      }
      const arrived = () => end(resolve)
      const fail = () => end(() => reject(signal.reason as Error))
      waits.add(arrived)
      signal.addEventListener('abort', fail, { once: true })
      if (signal.aborted) fail()
    })
  }

  arrived(hostId: string): void {
    for (const wake of [...(this.#waits.get(hostId) ?? [])]) wake()
  }
}
