import type { AgentHello, StatusSink, VmStatus } from '../agents/host-agents.ts'
import type { HostDoc } from '../domain/host.ts'
import type { ImageDoc } from '../domain/image.ts'
import { asJson, type VmStatusDoc, withoutUndefined } from '../domain/vm.ts'
import { retryConflicts } from '../services/conflicts.ts'
import type { Documents } from '../store/documents.ts'
import type { Expectation, Store, Write } from '../store/store.ts'

/** Well below a transaction's keys. */
const STATUSES_A_TRANSACTION = 90
/** Of an image, as the API takes it. */
const MAX_NAME_LENGTH = 63

/** Stores what agents say: hosts as they introduce themselves, and transitions of their VMs. */
export class HostSync implements StatusSink {
  readonly #store: Store
  readonly #documents: Documents
  readonly #newId: () => string
  #onReach: (hostId: string) => void = () => undefined

  constructor(store: Store, documents: Documents, newId: () => string) {
    this.#store = store
    this.#documents = documents
    this.#newId = newId
  }

  async onHello({ hostId, agentVersion, facts }: AgentHello): Promise<void> {
    const host: HostDoc = { name: facts.hostname, agentVersion, facts, seenAt: new Date().toISOString() }
    const { hosts, imageNames } = this.#documents
    await retryConflicts(hosts.cache, () => {
      const name = this.#builtinImageName(hostId, facts.hostname)
      const image = name === undefined ? [] : this.#builtinImage(hostId, name)
      const expect = name === undefined ? [] : [imageNames.expectAbsent(name.toLowerCase())]
      return this.#commit([hosts.write(hostId, host), ...image], expect)
    })
  }

  async onVmStatuses({ agentEpoch }: AgentHello, seq: number, statuses: readonly VmStatus[]): Promise<void> {
    const writes = statuses.flatMap((status) => this.#transition(agentEpoch, seq, status))
    for (let from = 0; from < writes.length; from += STATUSES_A_TRANSACTION) {
      await this.#commit(writes.slice(from, from + STATUSES_A_TRANSACTION))
    }
  }

  async onVmGone(_hello: AgentHello, vmId: string): Promise<void> {
    if (this.#documents.vmStatuses.find(vmId) !== undefined)
      await this.#commit([this.#documents.vmStatuses.remove(vmId)])
  }

  /** Stored nowhere: an unreachable host's documents stay as they were last. */
  onReachability(hostId: string): void {
    this.#onReach(hostId)
  }

  /** Who wants to hear of hosts that begin to answer, or stop. */
  onReach(listener: (hostId: string) => void): void {
    this.#onReach = listener
  }

  /** Nothing where the VM is not ours, or the agent says what is stored already. */
  #transition(agentEpoch: string, seq: number, { vmId, ...status }: VmStatus): Write[] {
    if (this.#documents.vms.find(vmId) === undefined) return []
    const stored = this.#documents.vmStatuses.find(vmId)?.value
    const next: VmStatusDoc = { agentEpoch, seq, ...withoutUndefined(status) }
    return stored !== undefined && saysTheSame(stored, next) ? [] : [this.#documents.vmStatuses.write(vmId, next)]
  }

  /** undefined where the host has its built-in image. The first host's is `micro`, others' say whose they are. */
  #builtinImageName(hostId: string, hostname: string): string | undefined {
    const { images, imageNames } = this.#documents
    if (images.list().some(({ value }) => value.builtin === 'micro' && value.hostId === hostId)) return undefined
    const names = ['micro', `micro-${hostname}`.slice(0, MAX_NAME_LENGTH), `micro-${hostId}`]
    return names.find((name) => imageNames.find(name.toLowerCase()) === undefined)
  }

  #builtinImage(hostId: string, name: string): Write[] {
    const { images, imageNames } = this.#documents
    const imageId = this.#newId()
    const image: ImageDoc = {
      name,
      kind: 'disk',
      format: 'qcow2',
      state: 'available',
      builtin: 'micro',
      hostId,
      volumeId: this.#newId(),
      createdAt: new Date().toISOString(),
    }
    return [images.write(imageId, image), imageNames.write(name.toLowerCase(), { owner: imageId })]
  }

  async #commit(writes: readonly Write[], expect: readonly Expectation[] = []): Promise<void> {
    if (writes.length === 0) return
    const { revision } = await this.#store.transaction({ expect, writes })
    await this.#documents.vms.cache.waitFor(revision)
  }
}

/** Where it stands and since when; not who said it and how often. */
function saysTheSame(a: VmStatusDoc, b: VmStatusDoc): boolean {
  const essence = ({ agentEpoch: _epoch, seq: _seq, observedAt: _at, ...rest }: VmStatusDoc) =>
    JSON.stringify(Object.entries(asJson(rest)).sort(([x], [y]) => (x < y ? -1 : 1)))
  return essence(a) === essence(b)
}
