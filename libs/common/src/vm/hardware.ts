import { type Static, Type } from 'typebox'
import { VmCd } from './cd.ts'
import { CPU_MODEL_NAME, CpuTopology } from './cpu.ts'
import { BootOrder, BUS_UNITS, Clock, Display, Pointer } from './devices.ts'
import { Firmware } from './firmware.ts'

/** Limits of this version; each is a refusal, not a crash in QEMU. */
export const VM_LIMITS = {
  /** q35 of QEMU 7.2 takes 288, and a host of more is rare. */
  cpus: 288,
  /** Below this no Linux boots its initramfs. */
  memoryMibMin: 64,
  memoryMibMax: 4 * 1024 * 1024,
  disks: 8,
  nics: 8,
  /** Forwards are QEMU's own sockets in user-mode networking. */
  forwards: 32,
  /** qcow2 with 64 KiB clusters ends at 2 EiB; the file systems below end earlier. */
  diskMibMax: 16 * 1024 * 1024,
} as const

const Slot = (maximum: number) => Type.Integer({ minimum: 1, maximum })
/** A device's place on the root PCI bus: pinned, so that the guest finds the same device at every start. */
const PciSlot = Type.Integer({ minimum: 1, maximum: 30 })
const closed = { additionalProperties: false } as const

export const Accelerator = Type.Union([Type.Literal('kvm'), Type.Literal('any'), Type.Literal('translate')], {
  description: 'kvm: hardware-assisted; translate: full virtualization by translation (TCG); any: whichever works',
})
export type Accelerator = Static<typeof Accelerator>

export const PortForward = Type.Object(
  {
    protocol: Type.Union([Type.Literal('tcp'), Type.Literal('udp')]),
    /** loopback unless asked: a forward bound to every address opens the guest to the network. */
    bind: Type.Union([Type.Literal('loopback'), Type.Literal('any')]),
    hostPort: Type.Integer({ minimum: 1, maximum: 65535 }),
    guestPort: Type.Integer({ minimum: 1, maximum: 65535 }),
  },
  closed,
)
export type PortForward = Static<typeof PortForward>

export const Uuid = Type.String({ pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' })

const Unit = (bus: keyof typeof BUS_UNITS) => Type.Integer({ minimum: 0, maximum: BUS_UNITS[bus] - 1 })
const diskOn = { slot: Slot(VM_LIMITS.disks), volumeId: Uuid }
export const VmDisk = Type.Union([
  Type.Object({ ...diskOn, bus: Type.Literal('virtio'), pciSlot: PciSlot }, closed),
  Type.Object({ ...diskOn, bus: Type.Literal('scsi'), unit: Unit('scsi') }, closed),
  Type.Object({ ...diskOn, bus: Type.Literal('sata'), unit: Unit('sata') }, closed),
  Type.Object({ ...diskOn, bus: Type.Literal('ide'), unit: Unit('ide') }, closed),
])
export type VmDisk = Static<typeof VmDisk>

export const VmNic = Type.Object(
  {
    slot: Slot(VM_LIMITS.nics),
    model: Type.Union([Type.Literal('virtio'), Type.Literal('e1000e')]),
    mac: Type.String({ pattern: '^[0-9a-f]{2}(:[0-9a-f]{2}){5}$' }),
    network: Type.Literal('user'),
    forwards: Type.Array(PortForward, { maxItems: VM_LIMITS.forwards }),
    pciSlot: PciSlot,
  },
  closed,
)
export type VmNic = Static<typeof VmNic>

export const VmKernel = Type.Object(
  {
    kernelVolumeId: Uuid,
    initrdVolumeId: Type.Optional(Uuid),
    commandLine: Type.String({ maxLength: 2048, pattern: '^[\\x20-\\x7e]*$' }),
  },
  closed,
)

/**
 * Everything the guest can see, pinned when the VM is created: machine version, CPU model, every device's
 * address. From it alone QEMU's command line follows.
 */
export const VmHardware = Type.Object(
  {
    accelerator: Accelerator,
    /** Versioned (`pc-q35-7.2`): the unversioned name means another machine after an upgrade of QEMU. */
    machineType: Type.String({ pattern: '^pc-(q35|i440fx)-[0-9.]+$' }),
    /** A name that QEMU knows, or a generation (cpu.ts); `host` only under KVM. */
    cpuModel: Type.String({ pattern: CPU_MODEL_NAME }),
    cpus: Type.Integer({ minimum: 1, maximum: VM_LIMITS.cpus }),
    /** One socket with all CPUs as cores where it is absent. */
    topology: Type.Optional(CpuTopology),
    memoryMib: Type.Integer({ minimum: VM_LIMITS.memoryMibMin, maximum: VM_LIMITS.memoryMibMax }),
    disks: Type.Array(VmDisk, { maxItems: VM_LIMITS.disks }),
    nics: Type.Array(VmNic, { maxItems: VM_LIMITS.nics }),
    kernel: Type.Optional(VmKernel),
    /** The mouse that every machine has, where it is absent. */
    pointer: Type.Optional(Pointer),
    /** A controller for what is plugged into it, such as the tablet. */
    usb: Type.Optional(Type.Object({ pciSlot: PciSlot }, closed)),
    /** The controller of its SCSI disks. */
    scsi: Type.Optional(Type.Object({ pciSlot: PciSlot }, closed)),
    cd: Type.Optional(VmCd),
    /** Disks by their slots, then the CD drive, where it is absent. */
    bootOrder: Type.Optional(BootOrder),
    /** `std` where it is absent. */
    display: Type.Optional(Display),
    /** There where it is absent. */
    random: Type.Optional(Type.Boolean()),
    /** `host` where it is absent. */
    clock: Type.Optional(Clock),
    watchdog: Type.Optional(Type.Object({ model: Type.Literal('i6300esb'), pciSlot: PciSlot }, closed)),
    /** BIOS where it is absent. */
    firmware: Type.Optional(Firmware),
    /** UEFI starts only what is signed. */
    secureBoot: Type.Optional(Type.Boolean()),
    /** A TPM 2.0. */
    tpm: Type.Optional(Type.Boolean()),
  },
  closed,
)
export type VmHardware = Static<typeof VmHardware>
