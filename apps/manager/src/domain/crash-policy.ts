import type { Vm } from '@viv/api'
import { isSamePolicy, type VmCrashPolicy, wholePolicy } from '@viv/common'

interface Wanted {
  readonly lifecycle: string
  readonly crashPolicy?: VmCrashPolicy
}

interface Known {
  readonly crashPolicy?: VmCrashPolicy
  /** Its host can read nothing of it, and so can't be told. */
  readonly heldBack?: unknown
}

/** Whether the host would answer a crash as it is wanted; until it has said anything of the VM it is not there to be told. */
export const isPolicyKnown = (vm: Wanted, status: Known | undefined): boolean =>
  vm.lifecycle !== 'ready' ||
  status === undefined ||
  status.heldBack !== undefined ||
  isSamePolicy(vm.crashPolicy, status.crashPolicy)

/** What its host has not heard yet of how it answers crashes of the VM. */
export function pendingPolicy(vm: Wanted, status: Known | undefined): NonNullable<Vm['pending']> {
  if (isPolicyKnown(vm, status)) return []
  const [running, wanted] = [wholePolicy(status?.crashPolicy), wholePolicy(vm.crashPolicy)]
  return [{ path: 'crashPolicy', running, wanted }]
}
