import { setTimeout as delay } from 'node:timers/promises'
import { HostUnreachableError } from '../agents/errors.ts'
import type { HostAgents } from '../agents/host-agents.ts'
import { isBehind } from '../domain/host.ts'
import type { Documents } from '../store/documents.ts'
import { type Store, StoreConflictError } from '../store/store.ts'
import type { WrittenFormats } from '../store/written-formats.ts'
import { retryDelayMs } from '../workflows/retry-delay.ts'

export interface HostFormatsOptions {
  readonly store: Store
  readonly documents: Documents
  readonly formats: WrittenFormats
  readonly agents: Pick<HostAgents, 'isReachable' | 'run'>
  readonly newId: () => string
  readonly onProblem: (error: unknown) => void
}

/**
 * Tells each host to write what is its own as the finished upgrade says. What a host said of itself last lies in the store, so
 * after any crash the difference is still there; a silent host, or one that is upgraded later, hears of it when it answers.
 */
export class HostFormats {
  readonly #options: HostFormatsOptions
  readonly #unsubscribe: () => void
  readonly #stop = new AbortController()
  readonly #telling = new Map<string, Promise<void>>()

  constructor(options: HostFormatsOptions) {
    this.#options = options
    const { hosts, written } = options.documents
    this.#unsubscribe = hosts.cache.onChange(({ changes }) => {
      const isFinished = changes.some(({ kind }) => kind === written.kind)
      const ids = isFinished ? [...hosts.ids()] : changes.filter(({ kind }) => kind === hosts.kind).map(({ id }) => id)
      for (const id of ids) this.reached(id)
    })
  }

  /** It answers again, or something else has changed that may be news to it. */
  reached(hostId: string): void {
    if (this.#stop.signal.aborted || this.#telling.has(hostId) || !this.#isToBeTold(hostId)) return
    const told = this.#tell(hostId)
      .catch((error: unknown) => {
        if (!this.#stop.signal.aborted) this.#options.onProblem(error)
      })
      .finally(() => {
        this.#telling.delete(hostId)
        this.reached(hostId)
      })
    this.#telling.set(hostId, told)
  }

  async close(): Promise<void> {
    this.#unsubscribe()
    this.#stop.abort(new Error('the manager stops'))
    await Promise.all(this.#telling.values())
  }

  #isToBeTold(hostId: string): boolean {
    const { documents, agents, formats } = this.#options
    const host = documents.hosts.find(hostId)?.value
    return host !== undefined && agents.isReachable(hostId) && isBehind(host, formats.onHosts)
  }

  async #tell(hostId: string): Promise<void> {
    for (let tries = 0; this.#isToBeTold(hostId); tries++) {
      try {
        return await this.#once(hostId)
      } catch (error) {
        this.#stop.signal.throwIfAborted()
        if (!(error instanceof HostUnreachableError || error instanceof StoreConflictError))
          this.#options.onProblem(error)
        await delay(retryDelayMs(tries), undefined, { signal: this.#stop.signal })
      }
    }
  }

  /** What it answers is what it is now: it introduces itself only when it connects. */
  async #once(hostId: string): Promise<void> {
    const { store, documents, agents, formats, newId } = this.#options
    const { hosts } = documents
    const call = { hostId, opId: `${newId()}.formats`, attempt: 1, signal: this.#stop.signal }
    const input = { versions: { ...formats.onHosts } }
    const said = await agents.run({ ...call, kind: 'formatsWrite', input, onProgress: () => undefined })
    const { revision, value } = hosts.get(hostId)
    const host = { ...value, facts: { ...value.facts, formats: said.formats } }
    const expect = [hosts.expectRevision(hostId, revision)]
    const written = await store.transaction({ expect, writes: [hosts.write(hostId, host)] })
    await hosts.cache.waitFor(written.revision)
  }
}
