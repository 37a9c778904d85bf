import type { HostFailures, SimulatorView, VmEnd } from '@viv/common'

/** What the control socket of a simulator serves. A host is named by its name, a VM by name or id. */
export interface FaultControl {
  view(): SimulatorView
  delay(host: string, delayMs: number): void
  reachability(host: string, isReachable: boolean): void
  fail(host: string, failures: HostFailures): void
  clear(host: string): void
  clearAll(): void
  endVm(vm: string, how: VmEnd['how']): void
}
