import { causeChain, type KindFormat, refuse, type Versions } from '@viv/common'
import type { VmConfig } from '../domain/contract.ts'
import { opErrorOf } from '../domain/op-error.ts'
import type { UnreadableVm } from '../store/vm-folders.ts'
import { Vm } from './vm.ts'
import { type BeginningMemories, forgetVm, type VmHost } from './vm-host.ts'

/** All VMs of this host, each with its one owner. */
export class Vms {
  readonly #host: VmHost
  readonly #onGone: (vmId: string) => void
  readonly #vms = new Map<string, Vm>()
  readonly #unreadable = new Map<string, UnreadableVm>()

  private constructor(host: VmHost, onGone: (vmId: string) => void) {
    this.#host = host
    this.#onGone = onGone
  }

  /** Takes over every VM that is defined here, running or not. */
  static async open(host: VmHost, onGone: (vmId: string) => void): Promise<Vms> {
    const vms = new Vms(host, onGone)
    const { configs, unreadable } = await host.folders.list()
    for (const held of unreadable) vms.#holdBack(held)
    const found = configs.map((config) => new Vm(host, config))
    for (const vm of found) vms.#vms.set(vm.config.vmId, vm)
    await Promise.all(found.map((vm) => vm.attach()))
    return vms
  }

  /** Said, and left as it is: its folder, its volumes, its cgroup and whatever runs of it. */
  #holdBack(held: UnreadableVm): void {
    const { vmId, why } = held
    this.#unreadable.set(vmId, held)
    this.#host.log('a VM is held back', { vmId, error: causeChain(why) })
    const observedAt = new Date().toISOString()
    this.#host.onStatus({ vmId, state: 'unreadable', heldBack: opErrorOf(why), appliedRevision: 0, observedAt })
  }

  /** Refuses where nothing may be done to the VM, nor taken back. */
  requireReadable(vmId: string): void {
    const held = this.#unreadable.get(vmId)
    if (held !== undefined) throw held.why
  }

  /** The VMs that are held back. */
  unreadable(): string[] {
    return [...this.#unreadable.keys()]
  }

  find(vmId: string): Vm | undefined {
    return this.#vms.get(vmId)
  }

  get(vmId: string): Vm {
    this.requireReadable(vmId)
    const vm = this.#vms.get(vmId)
    if (vm === undefined) throw refuse('not_found', { kind: 'vm', id: vmId })
    return vm
  }

  /** Makes the VM known here, or changes its config. Two VMs never share a uid. */
  async define(config: VmConfig, signal: AbortSignal, memories: BeginningMemories = {}): Promise<void> {
    const rival = this.#ownerOf(config)
    if (rival !== undefined)
      throw refuse('agent_refused', { step: 'vmDefine', problem: `uid ${config.uidIndex} belongs to VM ${rival}` })
    const known = this.#vms.get(config.vmId)
    if (known !== undefined) return known.define(config, signal)
    const vm = new Vm(this.#host, config)
    this.#vms.set(config.vmId, vm)
    try {
      await vm.define(config, signal, memories)
    } catch (error) {
      this.#vms.delete(config.vmId)
      throw error
    }
    await vm.attach()
  }

  /** Which other VM has its uid. */
  #ownerOf({ uidIndex, vmId }: VmConfig): string | undefined {
    const others = [...this.#vms.values()].map(({ config }) => config).filter((other) => other.vmId !== vmId)
    const held = [...this.#unreadable.values()].find((other) => other.uidIndex === uidIndex)
    return others.find((other) => other.uidIndex === uidIndex)?.name ?? held?.vmId
  }

  all(): Vm[] {
    return [...this.#vms.values()]
  }

  /** Refuses where a machine may write to the volume. Of one that cannot be read nobody knows which are its own. */
  requireStill(volumeId: string): void {
    const vm = [...this.#vms.values()].find(({ config }) =>
      config.hardware.disks.some((disk) => disk.volumeId === volumeId),
    )
    const [held] = this.#unreadable.values()
    if (vm !== undefined) vm.requireStopped()
    else if (held !== undefined) throw held.why
  }

  /** Of all VMs, as they are written down here. */
  configs(): VmConfig[] {
    return [...this.#vms.values()].map(({ config }) => config)
  }

  /** Does nothing where there is no such VM. */
  async undefine(vmId: string, signal: AbortSignal): Promise<void> {
    const vm = this.#vms.get(vmId)
    if (vm === undefined) return forgetVm(this.#host, vmId)
    await vm.undefine(signal)
    this.#vms.delete(vmId)
    this.#onGone(vmId)
  }

  formats(): KindFormat[] {
    return [this.#host.folders.format]
  }

  /** From now on; what is there is written anew, each in its VM's turn. Broken off, the next agent goes on as it starts. */
  async writeAs(versions: Versions, signal: AbortSignal): Promise<void> {
    const { folders } = this.#host
    await folders.writeAs(versions[folders.format.kind] ?? 1)
    for (const vm of this.all()) await vm.rewrite(signal)
  }

  detach(): void {
    for (const vm of this.#vms.values()) vm.detach()
  }
}
