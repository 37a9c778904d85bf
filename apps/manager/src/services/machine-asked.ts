import type { Fix, VmHardware } from '@viv/common'
import type { HostDoc } from '../domain/host.ts'
import type { MachineChoices } from '../domain/machine.ts'

/** A machine that is asked for, as the checks look at it. */
export interface Asked {
  /** As it is, or as it would be if nothing was chosen. */
  readonly before: VmHardware
  readonly choices: MachineChoices
  readonly after: VmHardware
  readonly host: HostDoc | undefined
  /** The same request with something otherwise. */
  instead(change: MachineChoices): Fix
}
