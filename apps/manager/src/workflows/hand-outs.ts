import { Readable } from 'node:stream'
import { refuse } from '@viv/common'
import type { HostAgents, HostFile } from '../agents/host-agents.ts'
import { Handover, IDLE_MS } from './handover.ts'

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

interface HandOut extends Offer {
  readonly handover: Handover
}

/** Packages that wait to be read now, by VM. They are gone when the process is: their tasks then offer them again. */
export class HandOuts {
  readonly #open = new Map<string, HandOut>()
  readonly #agents: HostAgents
  readonly #unreadMs: number

  constructor(agents: HostAgents, unreadMs = IDLE_MS) {
    this.#agents = agents
    this.#unreadMs = unreadMs
  }

  /** Returns when every file was read to its end. */
  async offer(offer: Offer): Promise<void> {
    const { vmId, name, parts, signal } = offer
    const seconds = Math.ceil(this.#unreadMs / 1000)
    const handover = new Handover(parts.keys(), this.#unreadMs, () => refuse('package_unread', { name, seconds }))
    this.#open.set(vmId, { ...offer, handover })
    try {
      await handover.wait(signal)
    } finally {
      this.#open.delete(vmId)
    }
  }

  isOpen(vmId: string): boolean {
    return this.#open.has(vmId)
  }

  /** Throws where the VM waits for no reader. */
  async read(vmId: string, name: string, part: string): Promise<Download> {
    const handOut = this.#open.get(vmId)
    if (handOut === undefined) throw refuse('not_ready_to_read', { name })
    const { hostId, parts, handover } = handOut
    const file = parts.get(part)
    if (file === undefined) throw refuse('not_found', { kind: part, id: vmId })
    handover.moved()
    const { sizeBytes, content } = await this.#agents.download(hostId, file, handover.over)
    return { sizeBytes, content: Readable.from(through(content, part, handover), { objectMode: false }) }
  }
}

async function* through(content: Readable, part: string, handover: Handover): AsyncGenerator<Buffer> {
  for await (const chunk of content as AsyncIterable<Buffer>) {
    handover.moved()
    yield chunk
  }
  handover.passed(part)
}
