import { withoutCd } from '../domain/vm-parts.ts'
import { hardwareWrite, partHistory, tellStep } from './vm-parts.ts'
import type { VmInput } from './vm-start.ts'
import type { Workflow } from './workflow.ts'

/**
 * Gives a stopped VM an empty CD drive.
 *
 *   (begin)   store   the VM with it
 *   tell      agent   its host knows it     the pivot: refused where the VM was started meanwhile
 *   (end)     store   history; or, where its host refused, the VM without it
 */
export const vmCdAdd: Workflow<VmInput> = {
  name: 'vm-cd-add',
  version: 1,
  steps: ({ vmId }) => [tellStep(vmId)],
  onSuccess: partHistory,
  onUndone: ({ vmId }, { documents }) => hardwareWrite(documents, vmId, withoutCd),
}
