import type { JsonObject, VmHardware } from '@viv/common'
import { settled } from '../domain/vm-parts.ts'
import { partHistory, tellStep } from './vm-parts.ts'
import type { Workflow } from './workflow.ts'

export type VmCdRemoveInput = JsonObject & {
  readonly vmId: string
  /** The machine as it was before. */
  readonly before: JsonObject
}

/**
 * Takes the CD drive from a stopped VM, with the disc that is in it.
 *
 *   (begin)   store   the VM without it, its image kept
 *   tell      agent   its host knows it     the pivot: refused where the VM was started meanwhile
 *   (end)     store   its image is let go, history; or, where its host refused, the VM as before
 */
export const vmCdRemove: Workflow<VmCdRemoveInput> = {
  name: 'vm-cd-remove',
  version: 1,
  steps: ({ vmId }) => [tellStep(vmId)],
  onSuccess: (input, context) => {
    const { vms } = context.documents
    return [vms.write(input.vmId, settled(vms.get(input.vmId).value)), ...partHistory(input, context)]
  },
  onUndone: ({ vmId, before }, { documents: { vms } }) => [
    vms.write(vmId, { ...settled(vms.get(vmId).value), hardware: before as unknown as VmHardware }),
  ],
}
