import type { DiskBus, JsonObject } from '@viv/common'
import { withSizes } from '../domain/disk-sizes.ts'
import { withDisk, withoutDisk } from '../domain/vm-parts.ts'
import { hardwareWrite, partHistory, tellStep } from './vm-parts.ts'
import { agentStep, type Workflow } from './workflow.ts'

export type VmDiskAddInput = JsonObject & {
  readonly vmId: string
  readonly volumeId: string
  readonly sizeMib: number
  readonly bus: DiskBus
}

/**
 * Gives a stopped VM an empty disk. The file is there before anybody may look for it.
 *
 *   disk    agent   the volume; the VM has it     undo: delete it
 *   tell    agent   its host knows it             the pivot: refused where the VM was started meanwhile
 *   (end)   store   history; or, after an undo, the VM without it
 */
export const vmDiskAdd: Workflow<VmDiskAddInput> = {
  name: 'vm-disk-add',
  version: 1,
  steps: ({ vmId, volumeId, sizeMib, bus }) => [
    agentStep({
      name: 'disk',
      title: 'Making the disk',
      kind: 'undoable',
      op: 'volumeCreate',
      input: ({ documents }) => ({ vmId, name: documents.vms.get(vmId).value.name, volumeId, sizeMib }),
      writes: ({ documents: { vms } }, made) => {
        const vm = vms.get(vmId).value
        const next = { ...vm, hardware: withDisk(vm.hardware, { volumeId, bus }) }
        return [vms.write(vmId, withSizes(next, { [volumeId]: made.sizeMib }))]
      },
    }),
    tellStep(vmId),
  ],
  onSuccess: partHistory,
  onUndone: ({ vmId, volumeId }, { documents }) =>
    hardwareWrite(documents, vmId, (hardware) => withoutDisk(hardware, volumeId)),
}
