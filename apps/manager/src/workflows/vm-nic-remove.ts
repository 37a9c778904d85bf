import type { JsonObject, VmHardware } from '@viv/common'
import type { Write } from '../store/store.ts'
import { hardwareWrite, partHistory, tellStep } from './vm-parts.ts'
import type { Workflow } from './workflow.ts'

export type VmNicRemoveInput = JsonObject & {
  readonly vmId: string
  /** The machine as it was before. */
  readonly before: JsonObject
  /** What was reserved for the card: its MAC and ports. */
  readonly keys: readonly (JsonObject & { readonly kind: string; readonly id: string })[]
}

/**
 * Takes a network card from a stopped VM. What was reserved for it is given away only when its host knows.
 *
 *   (begin)   store   the VM without it
 *   tell      agent   its host knows it     the pivot: refused where the VM was started meanwhile
 *   (end)     store   its MAC and ports go, history; or, where its host refused, the VM as before
 */
export const vmNicRemove: Workflow<VmNicRemoveInput> = {
  name: 'vm-nic-remove',
  version: 1,
  steps: ({ vmId }) => [tellStep(vmId)],
  onSuccess: (input, context) => {
    const { vmId, keys: gone } = input
    const { vms } = context.documents
    const vm = vms.get(vmId).value
    const keys = vm.keys.filter((key) => !gone.some(({ kind, id }) => kind === key.kind && id === key.id))
    return [
      vms.write(vmId, { ...vm, keys }),
      ...gone.map(({ kind, id }): Write => ({ kind, id, isDelete: true })),
      ...partHistory(input, context),
    ]
  },
  onUndone: ({ vmId, before }, { documents }) => hardwareWrite(documents, vmId, () => before as unknown as VmHardware),
}
