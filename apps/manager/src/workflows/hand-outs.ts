import { Readable } from 'node:stream'
import { refuse } from '@viv/common'
import type { HostAgents, HostFile } from '../agents/host-agents.ts'

/** Longer than any client needs between two files; nobody waits for one that is gone. */
const UNREAD_MS = 60_000

export interface Download {
  readonly sizeBytes: number
  readonly content: Readable
}

interface Offer {
  readonly vmId: string
  readonly name: string
  readonly hostId: string
  /** What each file is on the host. */
  readonly parts: ReadonlyMap<string, HostFile>
  readonly signal: AbortSignal
}

/** Files of one VM that wait to be read, until all were, or nobody has read for too long. */
class HandOut {
  readonly #offer: Offer
  readonly #agents: HostAgents
  readonly #left: Set<string>
  readonly #over = new AbortController()
  readonly #done = Promise.withResolvers<void>()
  readonly #idle: NodeJS.Timeout

  constructor(offer: Offer, agents: HostAgents, unreadMs: number) {
    this.#offer = offer
    this.#agents = agents
    this.#left = new Set(offer.parts.keys())
    const seconds = Math.ceil(unreadMs / 1000)
    const giveUp = () => this.#done.reject(refuse('package_unread', { name: offer.name, seconds }))
    this.#idle = setTimeout(giveUp, unreadMs)
    if (this.#left.size === 0) this.#done.resolve()
  }

  /** Returns when every file was read to its end. */
  async wait(): Promise<void> {
    const { signal } = this.#offer
    const stop = () => this.#done.reject(signal.reason)
    signal.addEventListener('abort', stop)
    try {
      signal.throwIfAborted()
      await this.#done.promise
    } finally {
      signal.removeEventListener('abort', stop)
      clearTimeout(this.#idle)
      this.#over.abort(new Error('the package is read no more'))
    }
  }

  async read(part: string): Promise<Download> {
    const { hostId, vmId, parts } = this.#offer
    const file = parts.get(part)
    if (file === undefined) throw refuse('not_found', { kind: part, id: vmId })
    this.#idle.refresh()
    const { sizeBytes, content } = await this.#agents.download(hostId, file, this.#over.signal)
    return { sizeBytes, content: Readable.from(this.#through(content, part), { objectMode: false }) }
  }

  /** A reader that is slow is a reader. */
  async *#through(content: Readable, part: string): AsyncGenerator<Buffer> {
    for await (const chunk of content as AsyncIterable<Buffer>) {
      this.#idle.refresh()
      yield chunk
    }
    this.#left.delete(part)
    if (this.#left.size === 0) this.#done.resolve()
  }
}

/** Packages that wait to be read now, by VM. They are gone when the process is: their tasks then offer them again. */
export class HandOuts {
  readonly #open = new Map<string, HandOut>()
  readonly #agents: HostAgents
  readonly #unreadMs: number

  constructor(agents: HostAgents, unreadMs = UNREAD_MS) {
    this.#agents = agents
    this.#unreadMs = unreadMs
  }

  async offer(offer: Offer): Promise<void> {
    const handOut = new HandOut(offer, this.#agents, this.#unreadMs)
    this.#open.set(offer.vmId, handOut)
    try {
      await handOut.wait()
    } finally {
      this.#open.delete(offer.vmId)
    }
  }

  isOpen(vmId: string): boolean {
    return this.#open.has(vmId)
  }

  /** Throws where the VM waits for no reader. */
  async read(vmId: string, name: string, part: string): Promise<Download> {
    const handOut = this.#open.get(vmId)
    if (handOut === undefined) throw refuse('not_ready_to_read', { name })
    return handOut.read(part)
  }
}
