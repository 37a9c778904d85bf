import { randomUUID } from 'node:crypto'
import type { OpRecord, StreamMessage, VmStatus } from '../domain/contract.ts'

type Send = (message: StreamMessage) => void

/** Who reads along gets the whole list first, then every change in order, numbered without a gap. */
export class Publisher {
  readonly agentEpoch = randomUUID()
  readonly #readers = new Set<Send>()
  readonly #vms = new Map<string, VmStatus>()
  readonly #activeOps: () => readonly OpRecord[]
  #seq = 0

  constructor(activeOps: () => readonly OpRecord[]) {
    this.#activeOps = activeOps
  }

  /** To be called three times as often as a silence may last. */
  sayAlive(): void {
    this.#tell({ type: 'alive', seq: this.#seq })
  }

  subscribe(send: Send): () => void {
    const { agentEpoch } = this
    send({ type: 'list', agentEpoch, seq: this.#seq, vms: [...this.#vms.values()], ops: [...this.#activeOps()] })
    this.#readers.add(send)
    return () => this.#readers.delete(send)
  }

  vmChanged(status: VmStatus): void {
    this.#vms.set(status.vmId, status)
    this.#tell({ type: 'vm', seq: ++this.#seq, status })
  }

  vmGone(vmId: string): void {
    if (this.#vms.delete(vmId)) this.#tell({ type: 'gone', seq: ++this.#seq, vmId })
  }

  /** Answers the change's place in the stream. */
  opChanged(op: OpRecord): number {
    const seq = ++this.#seq
    this.#tell({ type: 'op', seq, op: { ...op, seq } })
    return seq
  }

  progress(opId: string, progress: number, note: string): void {
    this.#tell({ type: 'progress', opId, progress, note })
  }

  #tell(message: StreamMessage): void {
    for (const send of [...this.#readers]) send(message)
  }
}
