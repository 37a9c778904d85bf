import { deedOf, vmHistory } from '../domain/history.ts'
import { vmRemoval } from './vm-create.ts'
import type { VmInput } from './vm-start.ts'
import { agentStep, type Step, type Workflow } from './workflow.ts'

export type VmDeleteInput = VmInput & { readonly volumeIds: readonly string[] }

/**
 * Deletes a stopped VM with its disks.
 *
 *   (begin)    store   "deleting"
 *   undefine   agent   the VM's folder goes, and nobody can start it again      the pivot
 *   disk-N     agent   each volume goes                                         forward only
 *   (end)      store   the VM and its name, uid, MAC and ports go
 */
export const vmDelete: Workflow<VmDeleteInput> = {
  name: 'vm-delete',
  version: 1,
  steps: ({ vmId, volumeIds }) => [
    agentStep({
      name: 'undefine',
      title: 'Removing the VM from its host',
      kind: 'pivot',
      op: 'vmUndefine',
      input: ({ documents }) => ({ vmId, name: documents.vms.get(vmId).value.name }),
    }),
    ...volumeIds.map(volumeStep),
  ],
  onSuccess: ({ vmId }, { taskId, task, documents }) => [
    ...vmRemoval(documents, vmId),
    documents.outbox.write(taskId, vmHistory(vmId, documents.vms.get(vmId).value, deedOf(taskId, task), true)),
  ],
  onUndone: ({ vmId }, { documents }) => [
    documents.vms.write(vmId, { ...documents.vms.get(vmId).value, lifecycle: 'ready' }),
  ],
}

function volumeStep(volumeId: string, index: number): Step {
  return agentStep({
    name: `disk-${index + 1}`,
    title: 'Deleting its disks',
    kind: 'forward',
    op: 'volumeDelete',
    input: () => ({ volumeId }),
  })
}
