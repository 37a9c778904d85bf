import type { JsonObject, VmHardware } from '@viv/common'
import { withSizes } from '../domain/disk-sizes.ts'
import { hardwareWrite, partHistory, tellStep } from './vm-parts.ts'
import { agentStep, type Workflow } from './workflow.ts'

export type VmDiskRemoveInput = JsonObject & {
  readonly vmId: string
  readonly volumeId: string
  /** The machine as it was before. */
  readonly before: JsonObject
  /** Whether no disk of it needs its image any more. */
  readonly isLastLink: boolean
}

/**
 * Takes a disk from a stopped VM. Nobody may look for it before it is deleted.
 *
 *   (begin)   store   the VM without it
 *   tell      agent   its host knows it     the pivot: refused where the VM was started meanwhile
 *   disk      agent   the volume goes       forward only
 *   (end)     store   history; or, where its host refused, the VM as before
 */
export const vmDiskRemove: Workflow<VmDiskRemoveInput> = {
  name: 'vm-disk-remove',
  version: 1,
  steps: ({ vmId, volumeId }) => [
    tellStep(vmId),
    agentStep({
      name: 'disk',
      title: 'Deleting the disk',
      kind: 'forward',
      op: 'volumeDelete',
      input: () => ({ volumeId }),
    }),
  ],
  onSuccess: (input, context) => {
    const { vmId, isLastLink } = input
    const { vms } = context.documents
    const vm = withSizes(vms.get(vmId).value)
    // Until the file is gone its image must stay.
    return [vms.write(vmId, isLastLink ? { ...vm, isLinked: false } : vm), ...partHistory(input, context)]
  },
  onUndone: ({ vmId, before }, { documents }) => hardwareWrite(documents, vmId, () => before as unknown as VmHardware),
}
