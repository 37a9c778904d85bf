import type { OpRecord } from '@viv/agent-api'

interface Watcher {
  readonly pending: (OpRecord | 'lost')[]
  readonly onProgress: (progress: number, note: string) => void
  wake: (() => void) | undefined
}

/** Who waits for what on an agent's stream: operations, the stream's place, the connection itself. */
export class OpWaiters {
  readonly #watchers = new Map<string, Set<Watcher>>()
  readonly #waits = new Set<{ check: () => boolean; resolve: () => void }>()
  #seq = -1
  #isConnected = false

  /** Everything said about an operation from now on, in order. Dispose to stop listening. */
  watch(opId: string, onProgress: Watcher['onProgress']): { next: () => Promise<OpRecord | 'lost'> } & Disposable {
    const watcher: Watcher = { pending: [], onProgress, wake: undefined }
    const watchers = this.#watchers.get(opId) ?? new Set()
    this.#watchers.set(opId, watchers.add(watcher))
    return {
      next: async () => {
        while (watcher.pending.length === 0) {
          await new Promise<void>((resolve) => {
            watcher.wake = resolve
          })
        }
        return watcher.pending.shift() as OpRecord | 'lost'
      },
      [Symbol.dispose]: () => {
        watchers.delete(watcher)
        if (watchers.size === 0) this.#watchers.delete(opId)
      },
    }
  }

  changed(op: OpRecord): void {
    for (const watcher of this.#watchers.get(op.id) ?? []) tell(watcher, op)
  }

  progress(opId: string, progress: number, note: string): void {
    for (const watcher of this.#watchers.get(opId) ?? []) watcher.onProgress(progress, note)
  }

  connected(): void {
    this.#isConnected = true
    this.#recheck()
  }

  streamLost(): void {
    this.#isConnected = false
    this.#seq = -1
    for (const watchers of this.#watchers.values()) for (const watcher of watchers) tell(watcher, 'lost')
    this.#recheck()
  }

  streamRead(seq: number): void {
    this.#seq = seq
    this.#recheck()
  }

  /** Resolves when the stream was read up to `seq`, or is lost: then the next list says it all. */
  readUpTo(seq: number, signal: AbortSignal): Promise<void> {
    return this.#until(() => this.#seq >= seq || !this.#isConnected, signal)
  }

  reachable(check: () => boolean, signal: AbortSignal): Promise<void> {
    return this.#until(check, signal)
  }

  #until(check: () => boolean, signal: AbortSignal): Promise<void> {
    if (check()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const wait = { check, resolve: () => end(resolve) }
      const fail = () => end(() => reject(signal.reason as Error))
      const end = (settle: () => void) => {
        this.#waits.delete(wait)
        signal.removeEventListener('abort', fail)
        settle()
      }
      this.#waits.add(wait)
      signal.addEventListener('abort', fail, { once: true })
      if (signal.aborted) fail()
    })
  }

  #recheck(): void {
    for (const wait of this.#waits) if (wait.check()) wait.resolve()
  }
}

function tell(watcher: Watcher, word: OpRecord | 'lost'): void {
  watcher.pending.push(word)
  watcher.wake?.()
  watcher.wake = undefined
}
