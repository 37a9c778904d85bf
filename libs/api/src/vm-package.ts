import {
  Accelerator,
  CPU_MODEL_NAME,
  GUEST_SYSTEM_NAMES,
  Uuid,
  VM_LIMITS,
  VmCd,
  VmDisk,
  VmHardware,
  VmNic,
} from '@viv/common'
import { type Static, Type } from 'typebox'
import { closed, Name, Notes, Tags } from './words.ts'

export const PACKAGE_FORMAT = 'vivarium-vm'
export const PACKAGE_VERSION = 1

/** Of the hardware, what a package carries as it is. */
export const CARRIED = [
  ...(['accelerator', 'machineType', 'cpuModel', 'cpus', 'topology', 'memoryMib', 'pointer', 'usb', 'scsi'] as const),
  ...(['bootOrder', 'display', 'random', 'watchdog', 'clock', 'firmware', 'secureBoot', 'tpm'] as const),
] as const
/** And what it carries without ids and ports of the installation, or not at all: a kernel is an image, and so is a disc in a drive. */
export const CARRIED_IN_PART = ['disks', 'nics', 'cd', 'kernel'] as const

type Carried = Pick<(typeof VmHardware)['properties'], (typeof CARRIED)[number]>
const carried = Object.fromEntries(CARRIED.map((field) => [field, VmHardware.properties[field]])) as unknown as Carried

type DiskShape = Static<typeof VmDisk>
export type PackedDisk = DiskShape extends infer D ? (D extends DiskShape ? Omit<D, 'volumeId'> : never) : never
const PackedDisk = Type.Unsafe<PackedDisk>(
  Type.Union(VmDisk.anyOf.map(({ properties: { volumeId: _ours, ...rest } }) => Type.Object({ ...rest }, closed))),
)
const { slot, model, mac, pciSlot } = VmNic.properties
const PackedNic = Type.Object({ slot, model, mac, pciSlot }, closed)
const { bus, unit } = VmCd.properties
const PackedCd = Type.Object({ bus, unit }, closed)

/** A machine without anything of the installation that it was made in. */
export const PackedHardware = Type.Object(
  {
    ...carried,
    disks: Type.Array(PackedDisk, { maxItems: VM_LIMITS.disks }),
    nics: Type.Array(PackedNic, { maxItems: VM_LIMITS.nics }),
    cd: Type.Optional(PackedCd),
  },
  closed,
)
export type PackedHardware = Static<typeof PackedHardware>

/** The files beside the description; no other name is one. */
export const PartName = Type.String({ pattern: '^(disk-[1-8]\\.qcow2|uefi-variables\\.fd|tpm-state)$' })

export const PackedFile = Type.Object(
  {
    name: PartName,
    sizeBytes: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  },
  closed,
)
export type PackedFile = Static<typeof PackedFile>

/** `vm.json` of a packed VM: what it is, and nothing of where it was. */
export const VmPackage = Type.Object(
  {
    format: Type.Literal(PACKAGE_FORMAT),
    version: Type.Literal(PACKAGE_VERSION),
    name: Name,
    notes: Notes,
    tags: Tags,
    guestSystem: Type.Optional(Type.Enum([...GUEST_SYSTEM_NAMES])),
    hardware: PackedHardware,
    /** Written by who has them all. */
    files: Type.Optional(Type.Array(PackedFile, { maxItems: 10 })),
  },
  { ...closed, $id: 'VmPackage' },
)
export type VmPackage = Static<typeof VmPackage>

/** How a packed VM is taken in. Its description is a stranger's: whatever does not fit is refused before anything is sent. */
export const VmAdopt = Type.Object(
  {
    package: VmPackage,
    /** The package's own where it is absent. */
    name: Type.Optional(Name),
    hostId: Type.Optional(Uuid),
    /** Instead of the package's own, where the host has no KVM, or another processor. */
    accelerator: Type.Optional(Accelerator),
    cpuModel: Type.Optional(Type.String({ pattern: CPU_MODEL_NAME })),
    start: Type.Optional(Type.Boolean({ description: 'start it once it is there' })),
  },
  { ...closed, $id: 'VmAdopt' },
)
export type VmAdopt = Static<typeof VmAdopt>

export const VmPartParams = Type.Object({ vmId: Uuid, part: PartName }, closed)

export const diskPart = (slotOfDisk: number): string => `disk-${slotOfDisk}.qcow2`

/** The files that belong to a machine, by their names. */
export function partsOf({
  disks,
  firmware,
  tpm,
}: Pick<PackedHardware, 'firmware' | 'tpm'> & { disks: readonly { slot: number }[] }): string[] {
  return [
    ...disks.map((disk) => diskPart(disk.slot)),
    ...(firmware === 'uefi' ? ['uefi-variables.fd'] : []),
    ...(tpm === true ? ['tpm-state'] : []),
  ]
}
