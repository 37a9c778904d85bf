import type { Task } from '@viv/api'
import type { Refusal } from '@viv/common'
import type { VmDoc } from '../domain/vm.ts'
import { featureRefusal } from './agent-checks.ts'
import type { ServiceParts } from './parts.ts'
import { type Planned, present, type Repeated } from './planned.ts'
import type { ChangeRequest } from './requests.ts'
import { planWork, type VmWork } from './vm-actions.ts'

/** A part that comes to a VM or leaves it: what it does, and how it is begun. */
export interface PartWork extends Pick<VmWork, 'action' | 'workflow' | 'effects' | 'warnings'> {
  readonly refused: readonly Refusal[]
  /** Not called where anything is refused: there may be no place for the part. */
  begin(): Pick<VmWork, 'input' | 'change' | 'expect' | 'writes'>
}

/** One piece of work on the parts of one VM, decided on. */
export function planPart(
  parts: ServiceParts,
  request: ChangeRequest,
  vmId: string,
  describe: (vm: VmDoc) => PartWork,
): Planned<Task> | Repeated<Task> {
  return planWork(parts, request, vmId, (vm) => {
    const { refused, begin, ...work } = describe(vm)
    return {
      ...work,
      ...(refused.length === 0 ? begin() : { input: { vmId } }),
      // An agent of the version before would not look whether the VM runs.
      blockers: [...present(featureRefusal(parts, vm.hostId, 'devices')), ...refused],
    }
  })
}
