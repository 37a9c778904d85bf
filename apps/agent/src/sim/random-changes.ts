import { type FleetSize, fleetVm } from '@viv/common'
import type { VmStatus } from '../domain/contract.ts'
import { randomFrom } from './random.ts'
import { endedStatus, resetStatus, runningStatus } from './simulated-handlers.ts'
import type { SimulatedHost } from './simulated-host.ts'

/** More would be a test of the machine below. */
export const MAX_CHANGES_PER_SECOND = 10_000
const TICK_MS = 100

export interface RandomChangesOptions {
  readonly size: FleetSize
  readonly hosts: readonly SimulatedHost[]
  readonly perSecond: number
  readonly seed: number
}

/** Guests that live: each change is drawn from the seed, so that the same row comes again. */
export class RandomChanges implements Disposable {
  readonly #options: RandomChangesOptions
  readonly #random: () => number
  readonly #timer: NodeJS.Timeout
  #lastMs = Date.now()
  /** In thousandths of a change, so that nothing is lost by rounding. */
  #owed = 0

  constructor(options: RandomChangesOptions) {
    this.#options = options
    this.#random = randomFrom(options.seed)
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #tick(): void {
    const { perSecond } = this.#options
    const now = Date.now()
    // After a standstill no more is made good than a second's changes.
    this.#owed = Math.min(1000 * perSecond, this.#owed + perSecond * (now - this.#lastMs))
    this.#lastMs = now
    for (; this.#owed >= 1000; this.#owed -= 1000) this.#change()
  }

  #change(): void {
    const { size, hosts } = this.#options
    const { vmId, hostIndex } = fleetVm(size, Math.floor(this.#random() * size.vms))
    const roll = this.#random()
    const host = hosts[hostIndex]
    const status = host?.world.statuses.get(vmId)
    // Deleted meanwhile, or where a person has put it: this change is none.
    if (status !== undefined && status.pauseReason !== 'by_user' && status.state !== 'hibernated')
      host?.say(nextStatus(status, roll))
  }
}

/** What may happen to a VM by itself. Of those that live so, five of six run at any time. */
export function nextStatus(status: VmStatus, roll: number): VmStatus {
  if (status.state !== 'running') {
    return runningStatus({ vmId: status.vmId, revision: Math.max(1, status.appliedRevision) })
  }
  if (roll < 0.8) return resetStatus(status)
  if (roll < 0.95) return endedStatus(status, 'powered_off')
  return endedStatus(status, roll < 0.98 ? 'died' : 'panicked')
}
