import type { VmDisk, VmHardware } from '@viv/common'

/** The device that shows a disk to the guest, on its bus. `at`: a place on the root PCI bus. */
export function diskDevice(disk: VmDisk, node: string, hardware: VmHardware, at: (slot: number) => string): string {
  const bootIndex = bootIndexes(hardware).disks.get(disk.slot)
  const boot = bootIndex === undefined ? '' : `,bootindex=${bootIndex}`
  const common = `id=${node},drive=${node}${boot},werror=enospc`
  switch (disk.bus) {
    case 'virtio':
      return `virtio-blk-pci,${common},${at(disk.pciSlot)}`
    case 'scsi':
      return `scsi-hd,${common},bus=scsi.0,channel=0,scsi-id=${disk.unit},lun=0`
    case 'sata':
      // q35's own controller has six ports, each a bus of one.
      return `ide-hd,${common},bus=ide.${disk.unit}`
    case 'ide':
      // pc's own controller has two channels of two.
      return `ide-hd,${common},bus=ide.${Math.floor(disk.unit / 2)},unit=${disk.unit % 2}`
  }
}

export const scsiController = ({ scsi }: VmHardware, at: (slot: number) => string): string[] =>
  scsi === undefined ? [] : ['-device', `virtio-scsi-pci,id=scsi,${at(scsi.pciSlot)}`]

/** The drive has no slot of its own: there is one. */
const CD_SLOT = 1
/** Behind every disk, whatever disks come. */
const CD_BEHIND = 100

/**
 * Where the firmware looks first. Without an order of a person's: disks by their slots, as ever, then the CD drive, and no
 * network. What an order does not name is not looked at.
 */
export function bootIndexes({ disks, nics, cd, bootOrder }: VmHardware): {
  readonly disks: ReadonlyMap<number, number>
  readonly nics: ReadonlyMap<number, number>
  readonly cd?: number | undefined
} {
  const cds = cd === undefined ? [] : [CD_SLOT]
  const slots = { disk: disks.map(({ slot }) => slot), network: nics.map(({ slot }) => slot), cd: cds }
  if (bootOrder === undefined) {
    return { disks: new Map(slots.disk.map((slot) => [slot, slot])), nics: new Map(), cd: cd && CD_BEHIND }
  }
  const found = { disk: new Map<number, number>(), network: new Map<number, number>(), cd: new Map<number, number>() }
  let index = 0
  for (const kind of bootOrder) for (const slot of slots[kind]) found[kind].set(slot, ++index)
  return { disks: found.disk, nics: found.network, cd: found.cd.get(CD_SLOT) }
}
