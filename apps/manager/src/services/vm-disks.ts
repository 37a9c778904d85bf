import type { VmDiskAdd } from '@viv/api'
import {
  type DiskBus,
  effect,
  type Fix,
  type Refusal,
  refusal,
  type VmDisk,
  type VmHardware,
  VM_LIMITS,
  type Warning,
  warning,
} from '@viv/common'
import { busRoom, firstDisk, freeDiskSlot, hasBootSource, usualBus, withDisk, withoutDisk } from '../domain/vm-parts.ts'
import { asJson, type VmDoc } from '../domain/vm.ts'
import { missingBus } from './device-checks.ts'
import { guestWarnings } from './guest-warnings.ts'
import { newId } from './ids.ts'
import type { ServiceParts } from './parts.ts'
import type { ChangeRequest } from './requests.ts'
import { type PartWork, planPart } from './vm-parts-plan.ts'

export function planVmDiskAdd(parts: ServiceParts, request: ChangeRequest, vmId: string, body: VmDiskAdd) {
  return planPart(parts, request, vmId, ({ name, hardware, guestSystem }): PartWork => {
    const { sizeMib, bus = usualBus(hardware) } = body
    const refused = addRefusals(hardware, name, bus, (other) => addFix(vmId, { ...body, bus: other }))
    const slot = freeDiskSlot(hardware) ?? VM_LIMITS.disks + 1
    return {
      action: 'addDisk',
      workflow: 'vm-disk-add',
      effects: [effect('disk_added', { name, sizeMib, slot, bus })],
      warnings: refused.length > 0 ? [] : virtioWarnings(guestSystem, withDisk(hardware, { volumeId: '', bus })),
      refused,
      begin: () => ({ input: { vmId, volumeId: newId(), sizeMib, bus } }),
    }
  })
}

function addRefusals(hardware: VmHardware, name: string, bus: DiskBus, instead: (bus: DiskBus) => Fix): Refusal[] {
  if (freeDiskSlot(hardware) === undefined) return [refusal('disks_full', { name, most: VM_LIMITS.disks })]
  const missing = missingBus(hardware.machineType.includes('q35') ? 'q35' : 'pc', bus)
  if (missing !== undefined) return [refusal('bus_missing', missing, instead(missing.instead))]
  const { count, most } = busRoom(hardware, bus)
  return count > most ? [refusal('bus_full', { bus, count, most }, instead('scsi'))] : []
}

const addFix = (vmId: string, body: VmDiskAdd): Fix => ({
  action: 'vmDiskAdd',
  method: 'POST',
  path: `/v1/vms/${vmId}/disks`,
  body,
})

/** Of all that may be said of a machine, what the new part has to do with. */
export const virtioWarnings = (system: VmDoc['guestSystem'], hardware: VmHardware): Warning[] =>
  guestWarnings(system, hardware).filter((each) => each.warning === 'guest_virtio')

export function planVmDiskRemove(parts: ServiceParts, request: ChangeRequest, vmId: string, volumeId: string) {
  return planPart(parts, request, vmId, (vm): PartWork => {
    const { name, hardware } = vm
    const disk = hardware.disks.find((each) => each.volumeId === volumeId)
    const work = { action: 'removeDisk', workflow: 'vm-disk-remove' } as const
    if (disk === undefined) {
      const refused = [refusal('disk_unknown', { name, volume: volumeId })]
      return { ...work, effects: [], refused, begin: () => ({ input: {} }) }
    }
    const next = withoutDisk(hardware, volumeId)
    return {
      ...work,
      effects: [
        effect('disk_removed', { name, slot: disk.slot, bus: disk.bus, volume: volumeId }),
        effect('not_taken_back', {}),
      ],
      warnings: bootWarnings(name, hardware, next, disk),
      refused: bootRefusals(name, hardware, next),
      begin: () => ({
        input: { vmId, volumeId, before: asJson(hardware), isLastLink: vm.isLinked === true && disk.slot === 1 },
        change: { hardware: next },
      }),
    }
  })
}

/** What would leave a VM with nothing to start from is no change that anybody means. */
export const bootRefusals = (name: string, before: VmHardware, after: VmHardware): Refusal[] =>
  hasBootSource(before) && !hasBootSource(after) ? [refusal('nothing_left_to_boot', { name })] : []

function bootWarnings(name: string, before: VmHardware, after: VmHardware, { slot }: VmDisk): Warning[] {
  const next = firstDisk(after)
  if (next === undefined || firstDisk(before)?.slot !== slot) return []
  return [warning('boot_disk_removed', { name, slot, next: next.slot })]
}
