import type { JsonObject } from '@viv/common'
import { withoutNic } from '../domain/vm-parts.ts'
import { partHistory, tellStep } from './vm-parts.ts'
import type { Workflow } from './workflow.ts'

export type VmNicAddInput = JsonObject & { readonly vmId: string; readonly mac: string }

/**
 * Gives a stopped VM a network card.
 *
 *   (begin)   store   the VM with it, and its MAC
 *   tell      agent   its host knows it     the pivot: refused where the VM was started meanwhile
 *   (end)     store   history; or, where its host refused, the VM without it
 */
export const vmNicAdd: Workflow<VmNicAddInput> = {
  name: 'vm-nic-add',
  version: 1,
  steps: ({ vmId }) => [tellStep(vmId)],
  onSuccess: partHistory,
  onUndone: ({ vmId, mac }, { documents }) => {
    const vm = documents.vms.get(vmId).value
    const keys = vm.keys.filter(({ kind, id }) => kind !== 'mac' || id !== mac)
    return [
      documents.vms.write(vmId, { ...vm, hardware: withoutNic(vm.hardware, mac), keys }),
      documents.macs.remove(mac),
    ]
  },
}
