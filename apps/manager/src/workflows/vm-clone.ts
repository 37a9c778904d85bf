import type { JsonObject } from '@viv/common'
import { withSizes } from '../domain/disk-sizes.ts'
import { deedOf, vmHistory } from '../domain/history.ts'
import { defineStep, madeSizes, vmRemoval } from './vm-create.ts'
import { agentStep, type Step, type Workflow } from './workflow.ts'

export type VmCloneInput = JsonObject & {
  readonly vmId: string
  readonly sourceId: string
  readonly disks: readonly (JsonObject & { readonly volumeId: string; readonly sourceVolumeId: string })[]
  readonly start: boolean
}

/**
 * Makes a VM with a full copy of every disk of another, which is claimed until the end.
 *
 *   (begin)   store   the new VM as "creating", its name, uid, MACs and ports
 *   define    agent   the VM's folder with vm.json, and what
 *                     its firmware and TPM remember      undo: remove both
 *   disk-N    agent   a copy of each disk                undo: delete it
 *   (end)     store   "ready"; or, after an undo, nothing of it
 */
export const vmClone: Workflow<VmCloneInput> = {
  name: 'vm-clone',
  version: 1,
  steps: (input) => [defineStep(input), ...copySteps(input)],
  onSuccess: ({ vmId, disks }, context) => {
    const { taskId, task, documents } = context
    const vm = { ...withSizes(documents.vms.get(vmId).value, madeSizes(disks, context)), lifecycle: 'ready' } as const
    return [documents.vms.write(vmId, vm), documents.outbox.write(taskId, vmHistory(vmId, vm, deedOf(taskId, task)))]
  },
  onUndone: ({ vmId }, { documents }) => vmRemoval(documents, vmId),
  followUp: ({ vmId, start }) =>
    start ? { workflow: 'vm-start', action: 'vmStart', input: { vmId }, claims: [`vm.${vmId}`] } : undefined,
}

function copySteps({ vmId, disks }: VmCloneInput): Step[] {
  return disks.map(({ volumeId, sourceVolumeId }, index) =>
    agentStep({
      name: `disk-${index + 1}`,
      title: disks.length === 1 ? 'Copying the disk' : `Copying disk ${index + 1} of ${disks.length}`,
      kind: 'undoable',
      op: 'volumeCopy',
      input: ({ documents }) => ({ vmId, name: documents.vms.get(vmId).value.name, volumeId, sourceVolumeId }),
    }),
  )
}
