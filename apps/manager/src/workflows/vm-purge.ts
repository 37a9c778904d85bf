import { deedOf, vmHistory } from '../domain/history.ts'
import { vmRemoval } from './vm-create.ts'
import type { VmInput } from './vm-start.ts'
import { agentStep, type Step, type Workflow } from './workflow.ts'

export type VmPurgeInput = VmInput & { readonly volumeIds: readonly string[] }

/**
 * Deletes a stopped VM with its disks, or one in the recycle bin.
 *
 *   (begin)    store   "deleting"
 *   undefine   agent   the VM's folder goes, and nobody can start it again      the pivot
 *   disk-N     agent   each volume goes                                         forward only
 *   (end)      store   the VM and its name, uid, MAC and ports go
 */
export const vmPurge: Workflow<VmPurgeInput> = {
  name: 'vm-purge',
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
  onUndone: ({ vmId }, { documents }) => {
    const vm = documents.vms.get(vmId).value
    return [documents.vms.write(vmId, { ...vm, lifecycle: vm.recycled === undefined ? 'ready' : 'recycled' })]
  },
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
