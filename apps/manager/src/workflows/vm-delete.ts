import { deedOf, vmHistory } from '../domain/history.ts'
import type { VmInput } from './vm-start.ts'
import { agentStep, type Workflow } from './workflow.ts'

export type VmDeleteInput = VmInput & {
  /** Whether a process may be left of it. */
  readonly isCrashed: boolean
  readonly holdHours: number
}

const HOUR_MS = 3_600_000

/**
 * Moves a VM into the recycle bin. All that it has stays where it is and stays reserved, so a host that is silent
 * holds up nothing.
 *
 *   settle   agent   of a crashed one the process that is left ends     the pivot
 *   (end)    store   "recycled", and until when
 */
export const vmDelete: Workflow<VmDeleteInput> = {
  name: 'vm-delete',
  // 1 deleted at once, which is vm-purge now.
  version: 2,
  steps: ({ vmId, isCrashed }) =>
    isCrashed
      ? [
          agentStep({
            name: 'settle',
            title: 'Ending what is left of its process',
            kind: 'pivot',
            op: 'vmStop',
            input: ({ documents }) => ({
              vmId,
              name: documents.vms.get(vmId).value.name,
              mode: 'force',
              timeoutSeconds: 1,
            }),
          }),
        ]
      : [],
  onSuccess: ({ vmId, holdHours }, { taskId, task, documents }) => {
    const vm = documents.vms.get(vmId).value
    const now = Date.now()
    const recycled = { at: new Date(now).toISOString(), until: new Date(now + holdHours * HOUR_MS).toISOString() }
    return [
      documents.vms.write(vmId, { ...vm, lifecycle: 'recycled', recycled }),
      documents.outbox.write(taskId, vmHistory(vmId, vm, deedOf(taskId, task))),
    ]
  },
}
