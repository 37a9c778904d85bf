import { randomUUID } from 'node:crypto'
import { type Duplex, Readable } from 'node:stream'
import { AGENT_FEATURES } from '@viv/agent-api'
import { HOST_FORMATS, refuse, type Versions } from '@viv/common'
import type { Backend, Outgoing } from '../domain/backend.ts'
import type {
  AgentHello,
  FirmwareMemory,
  HostFacts,
  OpPut,
  OpRecord,
  OpUndo,
  StreamMessage,
  VmExit,
  VmStatus,
  VolumeRoom,
} from '../domain/contract.ts'
import { type OpHandlers, OpRegistry } from '../ops/op-registry.ts'
import { Publisher } from '../ops/publisher.ts'
import type { JournalEntry } from '../store/op-journal.ts'
import { Delayed } from './delayed.ts'
import { HostFaults } from './host-faults.ts'
import { LateJournal } from './late-journal.ts'
import { endedStatus, IMAGE_MIB, simulatedHandlers } from './simulated-handlers.ts'
import { applyChange, type SimulatedWorld, type WorldChange } from './simulated-world.ts'

const MIB = 1024 * 1024

export interface SimulatedHostOptions {
  readonly hostId?: string
  readonly hostname?: string
  readonly facts?: Partial<HostFacts>
  /** The newest ways to write that it knows. */
  readonly formats?: Versions
  /** Of an agent that is a version behind, fewer. */
  readonly features?: AgentHello['features']
  /** Where operations are recorded, as a real agent records them. */
  readonly journalFile: string
  /** Hears of every change before anybody else does. */
  readonly onChange?: (change: WorldChange) => void
  /** Draws for faults that happen with a probability. */
  readonly random?: () => number
  readonly wrapHandlers?: (handlers: OpHandlers) => OpHandlers
}

/** The agent's contract with nothing behind it: for tests of the manager, and for platforms too large to run. */
export class SimulatedHost implements Backend, AsyncDisposable {
  readonly world: SimulatedWorld = { configs: new Map(), statuses: new Map(), volumes: new Set(), versions: new Map() }
  readonly hostId: string
  readonly faults: HostFaults
  readonly #options: SimulatedHostOptions
  readonly #journal: LateJournal
  readonly #ops: OpRegistry
  readonly #publisher = new Publisher(() => this.#ops.active())

  private constructor(options: SimulatedHostOptions, journal: LateJournal, entries: readonly JournalEntry[]) {
    this.hostId = options.hostId ?? randomUUID()
    this.#options = options
    this.#journal = journal
    this.faults = new HostFaults(options.random ?? Math.random)
    const formats = () => this.#facts().formats ?? []
    const handlers = simulatedHandlers(this.world, (change) => this.#change(change), formats)
    this.#ops = new OpRegistry(journal, entries, this.faults.wrap(options.wrapHandlers?.(handlers) ?? handlers), {
      publish: (record) => this.#publisher.opChanged(record),
      progress: (opId, progress, note) => this.#publisher.progress(opId, progress, note),
      log: () => undefined,
    })
  }

  static async open(options: SimulatedHostOptions): Promise<SimulatedHost> {
    const { journal, entries } = await LateJournal.open(options.journalFile)
    return new SimulatedHost(options, journal, entries)
  }

  /** What is so from the start: told to readers, and kept by whoever says it. */
  begin(changes: Iterable<WorldChange>): void {
    for (const change of changes) this.#apply(change)
  }

  /** Lets a VM be in another state, as a guest or a fault would. */
  say(status: VmStatus): void {
    this.#change({ status })
  }

  /** A VM ends without being asked. */
  kill(vmId: string, cause: Extract<VmExit['cause'], 'died' | 'powered_off' | 'panicked'> = 'died'): void {
    this.say(endedStatus(this.world.statuses.get(vmId) as VmStatus, cause))
  }

  sayAlive(): void {
    this.#publisher.sayAlive()
  }

  hello(): Promise<AgentHello> {
    const { agentEpoch } = this.#publisher
    const { hostId } = this
    return Promise.resolve({
      contract: 1,
      features: this.#options.features ?? AGENT_FEATURES,
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
    const late = new Delayed(() => this.faults.delayMs, send)
    const end = this.#publisher.subscribe((message) => late.push(message))
    return () => {
      end()
      late.end()
    }
  }

  serial(): Duplex | undefined {
    return undefined
  }

  screen(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  volumeRoom(): Promise<VolumeRoom> {
    const { freeBytes } = this.#facts().datastore
    return Promise.resolve({ neededBytes: IMAGE_MIB * MIB, freeBytes, standsAlone: false })
  }

  volumeSend(volumeId: string): Promise<Outgoing> {
    if (!this.world.volumes.has(volumeId)) throw refuse('not_found', { kind: 'volume', id: volumeId })
    return Promise.resolve(outgoing(`disk ${volumeId}`))
  }

  firmwareSend(vmId: string, memory: FirmwareMemory): Promise<Outgoing> {
    return Promise.resolve(outgoing(`${memory} of ${vmId}`))
  }

  async volumeReceive(volumeId: string, _sizeBytes: number, content: Readable): Promise<void> {
    for await (const _chunk of content) {
      // Read to its end, kept nowhere.
    }
    this.#change({ volume: volumeId, isThere: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ops.close()
    await this.#journal[Symbol.asyncDispose]()
  }

  #change(change: WorldChange): void {
    this.#options.onChange?.(change)
    this.#apply(change)
  }

  #apply(change: WorldChange): void {
    applyChange(this.world, change)
    if ('status' in change) this.#publisher.vmChanged(change.status)
    else if ('gone' in change) this.#publisher.vmGone(change.gone)
  }

  #facts(): HostFacts {
    return {
      hostname: this.#options.hostname ?? 'simulated',
      cpus: 64,
      cpuModel: 'simulated',
      memoryMib: 256 * 1024,
      kernel: 'simulated',
      qemuVersion: '7.2.0',
      machineType: 'pc-q35-7.2',
      kvm: { isUsable: false, verdict: 'absent', problem: 'this host is simulated' },
      formats: Object.entries(this.#options.formats ?? HOST_FORMATS).map(([kind, newest]) => ({
        kind,
        written: this.world.versions.get(kind) ?? 1,
        newest,
      })),
      parts: { uefi: true, secureBoot: true, tpm: true },
      cgroup: { kind: 'none', note: 'this host is simulated' },
      datastore: { id: this.hostId, totalBytes: 10_000_000 * MIB, freeBytes: 9_000_000 * MIB },
      ...this.#options.facts,
    }
  }
}

/** So much as tells whose it is. */
function outgoing(text: string): Outgoing {
  const content = Buffer.from(text)
  return { sizeBytes: content.length, content: Readable.from([content]) }
}
