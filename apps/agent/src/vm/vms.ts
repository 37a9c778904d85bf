import { refuse } from '@viv/common'
import type { VmConfig } from '../domain/contract.ts'
import { Vm } from './vm.ts'
import { type BeginningMemories, forgetVm, type VmHost } from './vm-host.ts'

/** All VMs of this host, each with its one owner. */
export class Vms {
  readonly #host: VmHost
  readonly #onGone: (vmId: string) => void
  readonly #vms = new Map<string, Vm>()

  private constructor(host: VmHost, onGone: (vmId: string) => void) {
    this.#host = host
    this.#onGone = onGone
  }

  /** Takes over every VM that is defined here, running or not. */
  static async open(host: VmHost, onGone: (vmId: string) => void): Promise<Vms> {
    const vms = new Vms(host, onGone)
    const found = (await host.folders.list()).map((config) => new Vm(host, config))
    for (const vm of found) vms.#vms.set(vm.config.vmId, vm)
    await Promise.all(found.map((vm) => vm.attach()))
    return vms
  }

  find(vmId: string): Vm | undefined {
    return this.#vms.get(vmId)
  }

  get(vmId: string): Vm {
    const vm = this.#vms.get(vmId)
    if (vm === undefined) throw refuse('not_found', { kind: 'vm', id: vmId })
    return vm
  }

  /** Makes the VM known here, or changes its config. Two VMs never share a uid. */
  async define(config: VmConfig, signal: AbortSignal, memories: BeginningMemories = {}): Promise<void> {
    const rival = [...this.#vms.values()].find(
      (other) => other.config.uidIndex === config.uidIndex && other.config.vmId !== config.vmId,
    )
    if (rival !== undefined) {
      throw refuse('agent_refused', {
        step: 'vmDefine',
        problem: `uid ${config.uidIndex} belongs to VM ${rival.config.name}`,
      })
    }
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

  all(): Vm[] {
    return [...this.#vms.values()]
  }

  /** The VM that has this disk. */
  ofVolume(volumeId: string): Vm | undefined {
    return [...this.#vms.values()].find(({ config }) =>
      config.hardware.disks.some((disk) => disk.volumeId === volumeId),
    )
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

  detach(): void {
    for (const vm of this.#vms.values()) vm.detach()
  }
}
