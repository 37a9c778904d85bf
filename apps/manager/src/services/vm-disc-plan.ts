import type { VmChangeDisc } from '@viv/api'
import {
  BUS_UNITS,
  type Effect,
  effect,
  placeCd,
  type Refusal,
  refusal,
  type VmCd,
  type VmHardware,
  warning,
  withDisc,
} from '@viv/common'
import type { ImageDoc } from '../domain/image.ts'
import { type VmDoc, withoutUndefined } from '../domain/vm.ts'
import type { Documents } from '../store/documents.ts'
import { featureRefusal } from './agent-checks.ts'
import type { ServiceParts } from './parts.ts'
import { present } from './planned.ts'
import type { ChangeRequest } from './requests.ts'
import { planWork } from './vm-actions.ts'
import { findImage, type Found } from './vm-create-checks.ts'

/** Inserts an ISO image, or ejects what is there. A VM that stands gets a drive where it has none. */
export function planVmChangeDisc(parts: ServiceParts, request: ChangeRequest, vmId: string, body: VmChangeDisc) {
  const { documents } = parts
  const { imageId, force = false } = body
  return planWork(parts, request, vmId, (vm) => {
    const refused: Refusal[] = []
    const image = findImage(documents, request.caller, imageId, 'iso', refused)
    const before = vm.hardware.cd
    const hasProcess = documents.vmStatuses.find(vmId)?.value.pid !== undefined
    const mayAdd = !hasProcess && imageId !== undefined
    const drive = before ?? (mayAdd ? placeCd(vm.hardware) : undefined)
    const disc = image && { imageId: image.id, volumeId: image.value.volumeId }
    const cd = drive && withDisc(drive, disc)
    return {
      action: 'changeDisc',
      workflow: 'vm-change-disc',
      input: withoutUndefined({ vmId, cd: cd ?? null, before, force }),
      effects: discEffects(documents, vm, image, cd),
      warnings: force && hasProcess ? [warning('disc_forced', {})] : [],
      blockers: [
        ...refused,
        ...present(
          drive === undefined ? driveRefusal(vm, mayAdd) : undefined,
          image === undefined ? undefined : elsewhere(documents, vm, image.value),
          featureRefusal(parts, vm.hostId, 'cd'),
        ),
      ],
      change: cd === undefined ? {} : { nextCd: cd },
      uses: image === undefined ? [] : [image],
    }
  })
}

function discEffects(documents: Documents, vm: VmDoc, image: Found<ImageDoc> | undefined, cd: VmCd | undefined) {
  const { name, hardware } = vm
  const old = hardware.cd?.disc
  const isSame = hardware.cd !== undefined && old?.volumeId === cd?.disc?.volumeId
  if (isSame) return [effect('nothing_changes', {})]
  const effects: Effect[] = hardware.cd === undefined ? [effect('cd_added', { name })] : []
  if (old !== undefined) effects.push(effect('disc_ejected', { image: imageName(documents, old.imageId), name }))
  if (image !== undefined) effects.push(effect('disc_inserted', { image: image.value.name, name }))
  return effects
}

export const imageName = (documents: Documents, imageId: string): string =>
  documents.images.find(imageId)?.value.name ?? imageId

const driveRefusal = ({ name, hardware }: VmDoc, isFull: boolean): Refusal =>
  isFull ? noPlaceForCd(hardware) : refusal('cd_drive_missing', { name })

export function noPlaceForCd({ machineType }: Pick<VmHardware, 'machineType'>): Refusal {
  const bus = machineType.includes('q35') ? 'sata' : 'ide'
  return refusal('cd_no_place', { bus, most: BUS_UNITS[bus] })
}

/** A volume is where it was made: nothing carries it to another host yet. */
function elsewhere(documents: Documents, { hostId }: VmDoc, image: ImageDoc): Refusal | undefined {
  if (image.hostId === hostId) return undefined
  const nameOf = (id: string): string => documents.hosts.find(id)?.value.name ?? id
  return refusal('image_elsewhere', { name: image.name, host: nameOf(hostId), there: nameOf(image.hostId) })
}
