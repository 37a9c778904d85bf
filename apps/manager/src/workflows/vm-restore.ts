import { deedOf, vmHistory } from '../domain/history.ts'
import type { VmInput } from './vm-start.ts'
import type { Workflow } from './workflow.ts'

/**
 * Takes a VM out of the recycle bin. Nothing of it was given away, so there is nothing that could fail half way.
 *
 *   (end)   store   "ready"
 */
export const vmRestore: Workflow<VmInput> = {
  name: 'vm-restore',
  version: 1,
  steps: () => [],
  onSuccess: ({ vmId }, { taskId, task, documents }) => {
    const { recycled: _left, ...vm } = documents.vms.get(vmId).value
    return [
      documents.vms.write(vmId, { ...vm, lifecycle: 'ready' }),
      documents.outbox.write(taskId, vmHistory(vmId, vm, deedOf(taskId, task))),
    ]
  },
}
