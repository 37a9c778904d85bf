import type { VmCd } from '@viv/common'
import { deedOf, vmHistory } from '../domain/history.ts'
import { settled } from '../domain/vm-parts.ts'
import type { VmInput } from './vm-start.ts'
import { agentStep, type Workflow } from './workflow.ts'

export type VmChangeDiscInput = VmInput & {
  readonly cd: VmCd
  readonly before?: VmCd
  readonly force: boolean
}

/**
 * Changes the disc in a VM's CD drive.
 *
 *   (begin)   store   the drive as it will be, so that its image stays
 *   disc      agent   the disc in the machine that runs, and in vm.json     undo: the one before
 *   (end)     store   the drive as it is now; or, after an undo, as before
 */
export const vmChangeDisc: Workflow<VmChangeDiscInput> = {
  name: 'vm-change-disc',
  version: 1,
  steps: ({ vmId, cd, before, force }) => [
    agentStep({
      name: 'disc',
      title: cd.disc === undefined ? 'Ejecting the disc' : 'Changing the disc',
      kind: 'undoable',
      op: 'vmChangeDisc',
      input: ({ documents }) => {
        const { name } = documents.vms.get(vmId).value
        return { vmId, name, cd, force, ...(before === undefined ? {} : { before }) }
      },
    }),
  ],
  onSuccess: ({ vmId, cd }, { taskId, task, documents }) => {
    const vm = settled(documents.vms.get(vmId).value)
    const next = { ...vm, hardware: { ...vm.hardware, cd } }
    return [
      documents.vms.write(vmId, next),
      documents.outbox.write(taskId, vmHistory(vmId, next, deedOf(taskId, task))),
    ]
  },
  onUndone: ({ vmId }, { documents }) => [documents.vms.write(vmId, settled(documents.vms.get(vmId).value))],
}
