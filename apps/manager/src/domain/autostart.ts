import type { Vm } from '@viv/api'
import { type Facts, NO_AUTOSTART, REASONS, type ReasonName, renderReason, type VmAutostart } from '@viv/common'

/** Where a VM starts with its host, and as which config, as the host knows it. */
export interface KnownTurn {
  readonly order: number
  readonly delaySeconds: number
  readonly revision: number
  readonly isWaiting?: true
  readonly failure?: { readonly reason: string; readonly facts: Facts; readonly at: string }
}

interface Wanted {
  readonly lifecycle: 'creating' | 'ready' | 'recycled' | 'deleting'
  readonly autostart?: VmAutostart
}

interface Known {
  readonly autostart?: KnownTurn
  /** Its host can read nothing of it, and so can't be told. */
  readonly heldBack?: unknown
}

/** One in the recycle bin starts with nobody, until it is restored. */
export const wantedTurn = ({ lifecycle, autostart = NO_AUTOSTART }: Wanted): VmAutostart =>
  lifecycle === 'recycled' ? NO_AUTOSTART : autostart

/** What its host has not heard yet of how the VM starts with it. */
export function pendingAutostart(vm: Wanted, status: Known | undefined): NonNullable<Vm['pending']> {
  if (vm.lifecycle !== 'ready' || status?.heldBack !== undefined || isTurnKnown(vm, status)) return []
  const wanted = vm.autostart ?? NO_AUTOSTART
  const { order, delaySeconds } = status?.autostart ?? wanted
  return [{ path: 'autostart', running: { enabled: status?.autostart !== undefined, order, delaySeconds }, wanted }]
}

/** Whether the host starts the VM when it is meant to; as which config is another question. */
function isTurnKnown(vm: Wanted, status: Known | undefined): boolean {
  const autostart = wantedTurn(vm)
  const known = status?.autostart
  if (known === undefined || !autostart.enabled) return (known !== undefined) === autostart.enabled
  return known.order === autostart.order && known.delaySeconds === autostart.delaySeconds
}

/** Whether the host would start the VM as it is wanted: one that it does not start by itself gets its config with a start. */
export function isHostTold(vm: Wanted, revision: number, status: Known | undefined): boolean {
  // Until its host has said anything of it, it is not there to be told.
  if (vm.lifecycle === 'creating' || vm.lifecycle === 'deleting') return true
  if (status === undefined || status.heldBack !== undefined) return true
  return isTurnKnown(vm, status) && (status.autostart === undefined || status.autostart.revision >= revision)
}

/** Why it was not started with its host. */
export function autostartFailure(status: Known | undefined): Vm['autostartFailure'] {
  const failure = status?.autostart?.failure
  if (failure === undefined) return undefined
  const { reason, facts, at } = failure
  return { reason, facts: { ...facts }, message: messageOf(reason, facts), at }
}

/** A newer agent may know a reason that we do not. */
const messageOf = (reason: string, facts: Facts): string =>
  reason in REASONS ? renderReason(reason as ReasonName, facts) : reason
