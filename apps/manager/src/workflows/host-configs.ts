import { setTimeout as delay } from 'node:timers/promises'
import { HostUnreachableError } from '../agents/errors.ts'
import type { HostAgents } from '../agents/host-agents.ts'
import { isHostTold } from '../domain/autostart.ts'
import { isPolicyKnown } from '../domain/crash-policy.ts'
import type { Documents } from '../store/documents.ts'
import { retryDelayMs } from './retry-delay.ts'
import { vmConfig } from './vm-create.ts'

export interface HostConfigsParts {
  readonly documents: Documents
  readonly agents: Pick<HostAgents, 'can' | 'isReachable' | 'run'>
  readonly newId: () => string
  readonly onProblem: (error: unknown) => void
}

/**
 * Hosts start VMs and answer their crashes by themselves, as the config that they have written down: each is told of what is wanted as soon as that is
 * another one. No task is needed: what is wanted lies in the store and what the host knows is in its statuses, so that after
 * any crash the difference is still there.
 *
 *   config or status changes ─▶ differ ─▶ host reachable ─▶ vmConfigure ─▶ the host's status says so
 *                                              └─ silent: when it is back
 */
export class HostConfigs {
  readonly #parts: HostConfigsParts
  readonly #unsubscribe: () => void
  readonly #stop = new AbortController()
  /** By host, the VMs of which it knows something else than is wanted. */
  readonly #late = new Map<string, Set<string>>()
  readonly #serving = new Map<string, Promise<void>>()
  readonly #waiters = new Set<() => void>()

  constructor(parts: HostConfigsParts) {
    this.#parts = parts
    const { vms, vmStatuses } = parts.documents
    for (const id of vms.ids()) this.#look(id)
    this.#unsubscribe = vms.cache.onChange(({ changes }) => {
      for (const { kind, id } of changes) if (kind === vms.kind || kind === vmStatuses.kind) this.#look(id)
    })
  }

  /** It answers again: whatever it has missed is told now. */
  reached(hostId: string): void {
    // An agent of a version before is told once it has been upgraded.
    if (!this.#parts.agents.can(hostId, 'autostart')) return
    if (this.#serving.has(hostId) || !this.#late.has(hostId)) return
    const served = this.#serve(hostId)
      .catch((error: unknown) => {
        if (!this.#stop.signal.aborted && !(error instanceof HostUnreachableError)) this.#parts.onProblem(error)
      })
      .finally(() => {
        this.#serving.delete(hostId)
        // It may have come back before we had noticed that it was gone.
        if (!this.#stop.signal.aborted) this.reached(hostId)
      })
    this.#serving.set(hostId, served)
  }

  /** Resolves when the VM's host knows what is wanted, or the time is over; at once where the host is silent. */
  async told(vmId: string, timeoutMs: number): Promise<void> {
    const hostId = this.#parts.documents.vms.find(vmId)?.value.hostId ?? ''
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(timeoutMs)])
    const isOver = () => signal.aborted || this.#late.get(hostId)?.has(vmId) !== true
    while (!isOver() && this.#parts.agents.can(hostId, 'autostart')) await this.#change(signal)
  }

  async close(): Promise<void> {
    this.#unsubscribe()
    this.#stop.abort(new Error('the manager stops'))
    await Promise.all(this.#serving.values())
  }

  #look(vmId: string): void {
    const { vms, vmStatuses } = this.#parts.documents
    const vm = vms.find(vmId)
    if (vm === undefined) return this.#forget(vmId)
    const { hostId } = vm.value
    const status = vmStatuses.find(vmId)?.value
    if (isHostTold(vm.value, vm.revision, status) && isPolicyKnown(vm.value, status)) return this.#forget(vmId, hostId)
    const late = this.#late.get(hostId) ?? new Set()
    this.#late.set(hostId, late.add(vmId))
    this.reached(hostId)
  }

  #forget(vmId: string, hostId?: string): void {
    const hosts = hostId === undefined ? [...this.#late.keys()] : [hostId]
    for (const each of hosts) {
      const late = this.#late.get(each)
      if (late?.delete(vmId) === true && late.size === 0) this.#late.delete(each)
    }
    for (const wake of this.#waiters) wake()
  }

  /** One after the other: a host that comes back after a day has other things to do too. */
  async #serve(hostId: string): Promise<void> {
    for (let tries = 0; ; ) {
      const [vmId] = this.#late.get(hostId) ?? []
      if (vmId === undefined || this.#stop.signal.aborted) return
      const isTold = await this.#tell(hostId, vmId)
      if (isTold) tries = 0
      else await delay(retryDelayMs(tries++), undefined, { signal: this.#stop.signal })
    }
  }

  async #tell(hostId: string, vmId: string): Promise<boolean> {
    const { agents, documents, newId, onProblem } = this.#parts
    try {
      const input = { config: vmConfig(documents, vmId) }
      const call = { hostId, opId: `${newId()}.configure`, attempt: 1, signal: this.#stop.signal }
      await agents.run({ ...call, kind: 'vmConfigure', input, onProgress: () => undefined })
      // It has said so before the operation ended; where it has not, it is asked again a little later.
      return this.#late.get(hostId)?.has(vmId) !== true
    } catch (error) {
      if (this.#stop.signal.aborted || !agents.isReachable(hostId)) throw error
      if (!(error instanceof HostUnreachableError)) onProblem(error)
      // The others first.
      const late = this.#late.get(hostId)
      if (late?.delete(vmId) === true) late.add(vmId)
      return false
    }
  }

  #change(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiters.add(resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
    return promise.finally(() => this.#waiters.delete(resolve))
  }
}
