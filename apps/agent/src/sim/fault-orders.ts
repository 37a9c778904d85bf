import { OP_INPUTS } from '@viv/agent-api'
import {
  fleetVm,
  type FleetSize,
  type HostFailures,
  REASONS,
  refuse,
  type SimulatorView,
  type VmEnd,
} from '@viv/common'
import type { FaultControl } from '../domain/fault-control.ts'
import type { HostSockets } from './host-sockets.ts'
import type { SimulatedHost } from './simulated-host.ts'

export interface FaultOrdersOptions {
  readonly size: FleetSize
  /** By name, in their order. */
  readonly hosts: ReadonlyMap<string, SimulatedHost>
  readonly sockets: HostSockets
}

/** Finds what is meant and lets it go wrong; nothing here knows how a manager hears of it. */
export class FaultOrders implements FaultControl {
  readonly #options: FaultOrdersOptions

  constructor(options: FaultOrdersOptions) {
    this.#options = options
  }

  view(): SimulatorView {
    const { size, hosts } = this.#options
    const faulty = [...hosts].filter(([, { faults }]) => !faults.isNone)
    const faults = faulty.map(([host, { faults: its }]) => {
      const { delayMs, isReachable, failures } = its
      return { host, delayMs, isReachable, failures }
    })
    return { hosts: hosts.size, vms: size.vms, faults }
  }

  delay(host: string, delayMs: number): void {
    this.#host(host).faults.delayMs = delayMs
  }

  reachability(name: string, isReachable: boolean): void {
    const host = this.#host(name)
    host.faults.isReachable = isReachable
    if (!isReachable) this.#options.sockets.cut(host)
  }

  fail(name: string, failures: HostFailures): void {
    if (!(failures.kind in OP_INPUTS)) throw notKnown('kind', Object.keys(OP_INPUTS))
    if (failures.reason !== undefined) checkReason(failures)
    this.#host(name).faults.fail(failures)
  }

  clear(name: string): void {
    this.#host(name).faults.clear()
  }

  clearAll(): void {
    for (const { faults } of this.#options.hosts.values()) faults.clear()
  }

  endVm(vm: string, how: VmEnd['how']): void {
    const { host, vmId } = this.#vm(vm)
    const { state, pid } = host.world.statuses.get(vmId)!
    if (pid === undefined) throw refuse('vm_state', { name: vm, state, action: 'end by itself', allowed: 'start' })
    host.kill(vmId, how)
  }

  #host(name: string): SimulatedHost {
    const host = this.#options.hosts.get(name)
    if (host === undefined) throw refuse('not_found', { kind: 'host', id: name })
    return host
  }

  #vm(word: string): { host: SimulatedHost; vmId: string } {
    const vmId = this.#idOf(word)
    const host = [...this.#options.hosts.values()].find(({ world }) => world.statuses.has(vmId))
    if (host === undefined) throw refuse('not_found', { kind: 'vm', id: word })
    return { host, vmId }
  }

  /** The name that it was made with: of a later one hosts hear only when they start the VM. */
  #idOf(word: string): string {
    const { size, hosts } = this.#options
    const index = Number(/-(\d+)$/.exec(word)?.[1] ?? Number.NaN)
    if (index < size.vms && fleetVm(size, index).name === word) return fleetVm(size, index).vmId
    const configs = [...hosts.values()].flatMap(({ world }) => [...world.configs.values()])
    return configs.find(({ name }) => name === word)?.vmId ?? word
  }
}

/** A reason without its facts would be told with holes in it. */
function checkReason({ reason = '', facts = {} }: HostFailures): void {
  if (!Object.hasOwn(REASONS, reason)) throw notKnown('reason', Object.keys(REASONS))
  const { en } = REASONS[reason as keyof typeof REASONS]
  const missing = [...en.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '').filter((name) => !(name in facts))
  if (missing.length === 0) return
  const problem = `lacks ${missing.join(', ')}, which the reason ${reason} names`
  throw refuse('invalid_field', { where: 'Field', field: 'facts', problem })
}

const notKnown = (field: string, known: readonly string[]) =>
  refuse('invalid_field', { where: 'Field', field, problem: `is none of ${known.join(', ')}` })
