import type { Vm, VmCreate } from '@viv/api'
import {
  type Fix,
  NO_AUTOSTART,
  refusal,
  refuse,
  type VmAutostart,
  type VmCrashPolicy,
  type VmHardware,
  wholePolicy,
} from '@viv/common'
import { choicesOf, machineOf } from '../domain/machine.ts'
import { withoutUndefined } from '../domain/vm.ts'
import type { HistoryService } from './history.ts'
import { lookUp } from './lookup.ts'
import type { Planned } from './planned.ts'
import type { ServiceParts } from './parts.ts'
import type { ChangeRequest } from './requests.ts'
import { planVmEdit } from './vm-edits.ts'

interface Wanted {
  readonly vmId: string
  readonly ifMatch: string
  readonly entryId: string
}

/** What the history keeps of a VM (domain/history.ts). */
interface Kept {
  readonly name: string
  readonly notes: string
  readonly tags?: readonly string[]
  readonly hostId: string
  readonly imageId?: string
  readonly hardware: VmHardware
  readonly autostart?: VmAutostart
  readonly crashPolicy?: VmCrashPolicy
}

/** Back to the configuration after that change: an edit like any other, with the values of then. */
export async function planVmRevert(
  parts: ServiceParts,
  history: HistoryService,
  request: ChangeRequest,
  { vmId, ifMatch, entryId }: Wanted,
): Promise<Planned<Vm>> {
  const { entry, document } = await history.get(request.caller, entryId)
  if (entry.objectId !== vmId) throw refuse('not_found', { kind: 'history', id: entryId })
  const kept = document as unknown as Kept
  if (parts.documents.vms.find(vmId) === undefined) {
    const fix = remake(kept)
    throw refuse('object_deleted', { kind: 'VM', name: kept.name }, fix === undefined ? {} : { fix })
  }
  const now = lookUp(request.caller, 'vm', parts.documents.vms, vmId).value.hardware
  const { name, notes, tags = [], hardware, autostart = NO_AUTOSTART } = kept
  const crashPolicy = wholePolicy(kept.crashPolicy)
  // The rest of the hardware is pinned at creation: where it differs all the same, nothing of today can change it back.
  const wanted = machineOf(now, hardware)
  const isSameMachine = JSON.stringify(wanted) === JSON.stringify({ ...wanted, ...hardware })
  const refused = isSameMachine ? [] : [refusal('hardware_fixed', { name })]
  return planVmEdit(parts, request, {
    vmId,
    ifMatch,
    wanted: { name, notes, tags, hardware: wanted, autostart, crashPolicy },
    refused,
  })
}

/** The creation of a VM like the one that is gone, from the same image. */
function remake({ name, notes, tags = [], hostId, imageId, hardware, autostart }: Kept): Fix | undefined {
  if (imageId === undefined) return undefined
  const { accelerator, nics, disks, machineType } = hardware
  const forwards = nics.flatMap((nic) => nic.forwards)
  const body: VmCreate = withoutUndefined({
    name,
    notes,
    tags: [...tags],
    hostId,
    imageId,
    ...choicesOf(hardware),
    machine: machineType.includes('q35') ? undefined : ('pc' as const),
    diskBus: disks[0]?.bus === 'virtio' ? undefined : disks[0]?.bus,
    nicModel: nics[0]?.model === 'virtio' ? undefined : nics[0]?.model,
    accelerator,
    forwards,
    autostart,
  })
  return { action: 'vmCreate', method: 'POST', path: '/v1/vms', body }
}
