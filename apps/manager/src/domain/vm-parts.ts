import {
  BUS_UNITS,
  type DiskBus,
  diskPciSlot,
  nicPciSlot,
  PCI_SLOTS,
  VM_LIMITS,
  type VmCd,
  type VmDisk,
  type VmHardware,
  type VmNic,
} from '@viv/common'
import type { VmDoc } from './vm.ts'

/** The lowest that nobody has: what is there keeps its place, whatever comes and goes. */
const lowestFree = (first: number, taken: readonly number[]): number => {
  const has = new Set(taken)
  let free = first
  while (has.has(free)) free += 1
  return free
}

const bySlot = <T extends { readonly slot: number }>(parts: readonly T[]): T[] =>
  [...parts].sort((one, other) => one.slot - other.slot)

/** undefined where it has as many as it can have. */
const freeSlot = (parts: readonly { readonly slot: number }[], most: number): number | undefined =>
  parts.length >= most
    ? undefined
    : lowestFree(
        1,
        parts.map(({ slot }) => slot),
      )

export const freeDiskSlot = ({ disks }: VmHardware): number | undefined => freeSlot(disks, VM_LIMITS.disks)
export const freeNicSlot = ({ nics }: VmHardware): number | undefined => freeSlot(nics, VM_LIMITS.nics)

/** What a part is like where nobody says: its neighbours are known to suit the guest. */
export const usualBus = ({ disks }: VmHardware): DiskBus => disks[0]?.bus ?? 'virtio'
export const usualNicModel = ({ nics }: VmHardware): VmNic['model'] => nics[0]?.model ?? 'virtio'

/** How many disks its bus would have with one more, and how many it has room for. */
export function busRoom({ disks, cd }: VmHardware, bus: DiskBus): { readonly count: number; readonly most: number } {
  // The CD drive has a place of its own.
  const most = bus === 'virtio' ? VM_LIMITS.disks : BUS_UNITS[bus] - (cd?.bus === bus ? 1 : 0)
  return { count: disks.filter((disk) => disk.bus === bus).length + 1, most }
}

/** The machine with one disk more. There must be room for it. */
export function withDisk(hardware: VmHardware, { volumeId, bus }: Pick<VmDisk, 'volumeId' | 'bus'>): VmHardware {
  const slot = freeDiskSlot(hardware)
  if (slot === undefined) throw new Error('there is no place for another disk')
  const drives = hardware.cd === undefined ? hardware.disks : [...hardware.disks, hardware.cd]
  const units = drives.flatMap((drive) => (drive.bus === bus && 'unit' in drive ? [drive.unit] : []))
  const disk: VmDisk =
    bus === 'virtio'
      ? { slot, volumeId, bus, pciSlot: diskPciSlot(slot) }
      : { slot, volumeId, bus, unit: lowestFree(0, units) }
  return {
    ...hardware,
    disks: bySlot([...hardware.disks, disk]),
    ...(bus === 'scsi' ? { scsi: hardware.scsi ?? { pciSlot: PCI_SLOTS.scsi } } : {}),
  }
}

/** The machine without that disk, as if it had never had it. */
export function withoutDisk(hardware: VmHardware, volumeId: string): VmHardware {
  const disks = hardware.disks.filter((disk) => disk.volumeId !== volumeId)
  const { scsi, ...rest } = hardware
  return { ...rest, disks, ...(scsi !== undefined && disks.some(({ bus }) => bus === 'scsi') ? { scsi } : {}) }
}

/** The machine with one network card more. There must be room for it. */
export function withNic(hardware: VmHardware, { mac, model }: Pick<VmNic, 'mac' | 'model'>): VmHardware {
  const slot = freeNicSlot(hardware)
  if (slot === undefined) throw new Error('there is no place for another network card')
  const nic: VmNic = { slot, model, mac, network: 'user', forwards: [], pciSlot: nicPciSlot(slot) }
  return { ...hardware, nics: bySlot([...hardware.nics, nic]) }
}

export const withoutNic = (hardware: VmHardware, mac: string): VmHardware => ({
  ...hardware,
  nics: hardware.nics.filter((nic) => nic.mac !== mac),
})

export const withCd = (hardware: VmHardware, cd: VmCd): VmHardware => ({ ...hardware, cd })

export function withoutCd({ cd: _cd, ...hardware }: VmHardware): VmHardware {
  return hardware
}

/** The VM when the task that changes its CD drive has ended. */
export function settled({ nextCd: _next, ...vm }: VmDoc): VmDoc {
  return vm
}

/** Whether there is anything that it could start from; what is on a disk nobody knows. */
export function hasBootSource({ kernel, disks, nics, cd, bootOrder = ['disk', 'cd'] }: VmHardware): boolean {
  if (kernel !== undefined || (cd?.disc !== undefined && bootOrder.includes('cd'))) return true
  return (disks.length > 0 && bootOrder.includes('disk')) || (nics.length > 0 && bootOrder.includes('network'))
}

/** The disk that its firmware tries first, as long as nobody gives it a kernel. */
export const firstDisk = ({ kernel, disks }: VmHardware): VmDisk | undefined =>
  kernel === undefined ? bySlot(disks)[0] : undefined
