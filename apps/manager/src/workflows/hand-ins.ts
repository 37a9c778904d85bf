import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { type AppError, refuse } from '@viv/common'
import type { HostAgents } from '../agents/host-agents.ts'
import { Handover, IDLE_MS } from './handover.ts'

/** A file that somebody is to send: which volume it becomes, and what it was when it was packed. */
export interface Awaited {
  readonly volumeId: string
  readonly sizeBytes: number
  readonly sha256: string
}

interface Wanted {
  readonly vmId: string
  readonly name: string
  readonly hostId: string
  readonly parts: ReadonlyMap<string, Awaited>
  readonly signal: AbortSignal
}

interface HandIn extends Wanted {
  readonly handover: Handover
  /** Files on their way now. */
  readonly arriving: Map<string, Promise<void>>
}

/** VMs whose files are waited for now, by VM. They are gone when the process is: their tasks then wait for all again. */
export class HandIns {
  readonly #open = new Map<string, HandIn>()
  readonly #agents: HostAgents
  readonly #unsentMs: number

  constructor(agents: HostAgents, unsentMs = IDLE_MS) {
    this.#agents = agents
    this.#unsentMs = unsentMs
  }

  /** Returns when every file is on the host, as it was packed. */
  async collect(wanted: Wanted): Promise<void> {
    const { vmId, name, parts, signal } = wanted
    const seconds = Math.ceil(this.#unsentMs / 1000)
    const handover = new Handover(parts.keys(), this.#unsentMs, () => refuse('package_unsent', { name, seconds }))
    const handIn: HandIn = { ...wanted, handover, arriving: new Map() }
    this.#open.set(vmId, handIn)
    try {
      await handover.wait(signal)
    } finally {
      this.#open.delete(vmId)
      // What is undone next must not come in behind it.
      await Promise.allSettled(handIn.arriving.values())
    }
  }

  /** Takes one file in. Nothing of it is kept where this throws, and it may be sent again. */
  async receive(vmId: string, name: string, part: string, sizeBytes: number, content: Readable): Promise<void> {
    const handIn = this.#open.get(vmId)
    const awaited = handIn?.parts.get(part)
    if (handIn === undefined || awaited === undefined || !handIn.handover.isLeft(part) || handIn.arriving.has(part))
      throw refuse('not_ready_to_send', { name, part })
    if (sizeBytes !== awaited.sizeBytes) {
      throw differs(part, name, `it has ${sizeBytes} bytes, and was packed with ${awaited.sizeBytes}`)
    }
    const arrival = this.#send(handIn, part, awaited, content)
    handIn.arriving.set(part, arrival)
    try {
      await arrival
    } finally {
      handIn.arriving.delete(part)
    }
    handIn.handover.passed(part)
  }

  async #send({ hostId, name, handover }: HandIn, part: string, awaited: Awaited, content: Readable): Promise<void> {
    const { volumeId, sizeBytes } = awaited
    let broken: unknown
    async function* through(): AsyncGenerator<Buffer> {
      try {
        yield* asPacked(content, part, name, awaited, () => handover.moved())
      } catch (error) {
        broken = error
        throw error
      }
    }
    handover.moved()
    try {
      const checked = Readable.from(through(), { objectMode: false })
      await this.#agents.sendVolume(hostId, volumeId, sizeBytes, checked, handover.over)
    } catch (error) {
      if (broken === undefined) throw error
      throw isDifferent(broken) ? broken : refuse('upload_interrupted', { name: part }, { cause: broken })
    }
  }
}

/** The last bytes are held back until it is known that all are those that were packed: the host never has a wrong one whole. */
async function* asPacked(
  content: Readable,
  part: string,
  name: string,
  { sha256 }: Awaited,
  onChunk: () => void,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  let held: Buffer | undefined
  for await (const chunk of content as AsyncIterable<Buffer>) {
    onChunk()
    if (held !== undefined) yield held
    hash.update(chunk)
    held = chunk
  }
  if (hash.digest('hex') !== sha256) throw differs(part, name, 'its SHA-256 is another')
  if (held !== undefined) yield held
}

const differs = (part: string, name: string, problem: string): AppError =>
  refuse('package_part_differs', { part, name, problem })

const isDifferent = (error: unknown): boolean =>
  (error as Partial<AppError>).refusals?.[0]?.reason === 'package_part_differs'
