import { randomUUID } from 'node:crypto'
import type { Duplex, Readable } from 'node:stream'
import type { Backend } from '../domain/backend.ts'
import type {
  AgentHello,
  HostFacts,
  OpPut,
  OpRecord,
  OpUndo,
  StreamMessage,
  VmExit,
  VmStatus,
} from '../domain/contract.ts'
import { type OpHandlers, OpRegistry } from '../ops/op-registry.ts'
import { Publisher } from '../ops/publisher.ts'
import { OpJournal } from '../store/op-journal.ts'
import { simulatedHandlers } from './simulated-handlers.ts'
import type { SimulatedWorld } from './simulated-world.ts'

const MIB = 1024 * 1024
const ALIVE_MS = 2_000

export interface SimulatedHostOptions {
  readonly hostId?: string
  readonly hostname?: string
  /** Where operations are recorded, as a real agent records them. */
  readonly journalFile: string
  /** Faults that are asked for: each operation passes through. */
  readonly wrapHandlers?: (handlers: OpHandlers) => OpHandlers
}

/** The agent's contract with nothing behind it: for tests of the manager, and for platforms too large to run. */
export class SimulatedHost implements Backend, AsyncDisposable {
  readonly world: SimulatedWorld = { configs: new Map(), statuses: new Map(), volumes: new Set() }
  readonly hostId: string
  readonly #hostname: string
  readonly #journal: OpJournal
  readonly #ops: OpRegistry
  readonly #publisher: Publisher

  private constructor(
    options: SimulatedHostOptions,
    journal: OpJournal,
    entries: ConstructorParameters<typeof OpRegistry>[1],
  ) {
    this.hostId = options.hostId ?? randomUUID()
    this.#hostname = options.hostname ?? 'simulated'
    this.#journal = journal
    this.#publisher = new Publisher(() => this.#ops.active(), ALIVE_MS)
    const handlers = simulatedHandlers(
      this.world,
      (status) => this.say(status),
      (vmId) => this.#publisher.vmGone(vmId),
    )
    this.#ops = new OpRegistry(journal, entries, options.wrapHandlers?.(handlers) ?? handlers, {
      publish: (record) => this.#publisher.opChanged(record),
      progress: (opId, progress, note) => this.#publisher.progress(opId, progress, note),
      log: () => undefined,
    })
  }

  static async open(options: SimulatedHostOptions): Promise<SimulatedHost> {
    const { journal, entries } = await OpJournal.open(options.journalFile)
    return new SimulatedHost(options, journal, entries)
  }

  /** Lets a VM be in another state, as a guest or a fault would. */
  say(status: VmStatus): void {
    this.world.statuses.set(status.vmId, status)
    this.#publisher.vmChanged(status)
  }

  /** A VM's process ends without being asked. */
  kill(vmId: string, cause: VmExit['cause'] = 'died'): void {
    const { pid: _pid, ...status } = this.world.statuses.get(vmId) as VmStatus
    const at = new Date().toISOString()
    this.say({
      ...status,
      state: cause === 'powered_off' ? 'stopped' : 'crashed',
      observedAt: at,
      exit: { cause, code: 1, at },
    })
  }

  hello(): Promise<AgentHello> {
    const { agentEpoch } = this.#publisher
    const { hostId } = this
    return Promise.resolve({
      contract: 1,
      features: [],
      agentVersion: 'simulated',
      agentEpoch,
      hostId,
      facts: this.#facts(),
    })
  }

  opPut(opId: string, put: OpPut): Promise<OpRecord> {
    return this.#ops.put(opId, put)
  }

  opUndo(opId: string, undo: OpUndo): Promise<OpRecord> {
    return this.#ops.undo(opId, undo)
  }

  opGet(opId: string): OpRecord | undefined {
    return this.#ops.get(opId)
  }

  subscribe(send: (message: StreamMessage) => void): () => void {
    return this.#publisher.subscribe(send)
  }

  serial(): Duplex | undefined {
    return undefined
  }

  async volumeReceive(volumeId: string, _sizeBytes: number, content: Readable): Promise<void> {
    for await (const _chunk of content) {
      // Read to its end, kept nowhere.
    }
    this.world.volumes.add(volumeId)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ops.close()
    this.#publisher[Symbol.dispose]()
    await this.#journal[Symbol.asyncDispose]()
  }

  #facts(): HostFacts {
    return {
      hostname: this.#hostname,
      cpus: 64,
      cpuModel: 'simulated',
      memoryMib: 256 * 1024,
      kernel: 'simulated',
      qemuVersion: '7.2.0',
      machineType: 'pc-q35-7.2',
      kvm: { isUsable: false, verdict: 'absent', problem: 'this host is simulated' },
      cgroup: { kind: 'none', note: 'this host is simulated' },
      datastore: { id: this.hostId, totalBytes: 10_000_000 * MIB, freeBytes: 9_000_000 * MIB },
    }
  }
}
