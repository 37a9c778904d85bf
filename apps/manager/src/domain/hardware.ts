import {
  type DiskBus,
  type GuestDefaults,
  guestOf,
  type GuestSystem,
  diskPciSlot,
  HOST_CPU_MODEL,
  machineTypeOf,
  nicPciSlot,
  PCI_SLOTS,
  PLAIN_CPU_MODEL,
  placeCd,
  type VmDisc,
  type VmDisk,
  type VmHardware,
  withDisc,
} from '@viv/common'
import type { VmCreate } from '@viv/api'
import type { HostFacts } from './host.ts'
import { chooseMachine } from './machine.ts'

export interface HardwareChoices {
  readonly body: VmCreate
  readonly facts: Pick<HostFacts, 'kvm' | 'machineType' | 'cpuModels'>
  /** One id for each disk, the image's first. */
  readonly diskVolumeIds: readonly string[]
  readonly mac: string
  readonly kernelVolumeId?: string
  readonly initrdVolumeId?: string
  /** What is in its CD drive. */
  readonly disc?: VmDisc
}

export const DEFAULT_CPUS = 1
export const DEFAULT_MEMORY_MIB = 512
/** What a new VM has where nobody says otherwise, and VMs of before do not have. */
const NEW_MACHINE = { pointer: 'tablet' } as const

/** Pins everything that the guest will see. */
export function pinHardware({ body: said, ...rest }: HardwareChoices): VmHardware {
  const choices = { ...rest, body: impliedBy(said) }
  return chooseMachine(plainHardware(choices), { ...NEW_MACHINE, ...choices.body }, choices.facts)
}

/** All that is asked for, with what follows from it: secure boot means UEFI, and a guest has its defaults. */
export function impliedBy(body: VmCreate): VmCreate {
  const defaults = body.guestSystem === undefined ? {} : guestDefaults(body, body.guestSystem)
  const wanted = { ...defaults, ...body }
  return wanted.secureBoot === true && wanted.firmware === undefined ? { ...wanted, firmware: 'uefi' } : wanted
}

/** Those that go with what was said: no secure boot with a BIOS, nor on the old machine, which has IDE for SATA. */
function guestDefaults(body: VmCreate, system: GuestSystem): GuestDefaults {
  const { secureBoot, diskBus, ...defaults } = guestOf(system).defaults
  const isOld = body.machine === 'pc'
  const isSecure = secureBoot === true && body.firmware !== 'bios' && !isOld
  return {
    ...defaults,
    ...(isSecure ? { secureBoot } : {}),
    ...(diskBus === undefined ? {} : { diskBus: isOld && diskBus === 'sata' ? 'ide' : diskBus }),
  }
}

/** The bus of each disk that is asked for, the image's first. */
export function busesOf({ imageId, diskBus = 'virtio', disks = [] }: VmCreate, count: number): DiskBus[] {
  const empty = disks.map(({ bus }) => bus ?? diskBus)
  return (imageId === undefined ? empty : [diskBus, ...empty]).concat(Array(count).fill(diskBus)).slice(0, count)
}

/** Each disk gets the next place on its bus, for ever. */
function placeDisks(buses: readonly DiskBus[], volumeIds: readonly string[]): Pick<VmHardware, 'disks' | 'scsi'> {
  const taken = { scsi: 0, sata: 0, ide: 0 }
  const disks = volumeIds.map((volumeId, index): VmDisk => {
    const slot = index + 1
    const bus = buses[index] ?? 'virtio'
    return bus === 'virtio'
      ? { slot, volumeId, bus, pciSlot: diskPciSlot(slot) }
      : { slot, volumeId, bus, unit: taken[bus]++ }
  })
  return { disks, ...(taken.scsi > 0 ? { scsi: { pciSlot: PCI_SLOTS.scsi } } : {}) }
}

/** The machine of which nothing was chosen. */
export function plainHardware({
  body,
  facts,
  diskVolumeIds,
  mac,
  kernelVolumeId,
  initrdVolumeId,
  disc,
}: HardwareChoices): VmHardware {
  const accelerator = body.accelerator ?? (facts.kvm.isUsable ? 'kvm' : 'translate')
  const machineType = machineTypeOf(facts.machineType, body.machine ?? 'q35')
  const places = placeDisks(busesOf(body, diskVolumeIds.length), diskVolumeIds)
  const cd = body.cd && placeCd({ machineType, disks: places.disks })
  return {
    accelerator,
    machineType,
    // The host's own where the VM will only ever run under KVM.
    cpuModel: accelerator === 'kvm' ? HOST_CPU_MODEL : PLAIN_CPU_MODEL,
    cpus: body.cpus ?? DEFAULT_CPUS,
    memoryMib: body.memoryMib ?? DEFAULT_MEMORY_MIB,
    ...places,
    ...(cd === undefined ? {} : { cd: withDisc(cd, disc) }),
    nics: [
      {
        slot: 1,
        model: body.nicModel === 'e1000e' ? 'e1000e' : 'virtio',
        mac,
        network: 'user',
        forwards: body.forwards ?? [],
        pciSlot: nicPciSlot(1),
      },
    ],
    ...(kernelVolumeId === undefined
      ? {}
      : {
          kernel: {
            kernelVolumeId,
            ...(initrdVolumeId === undefined ? {} : { initrdVolumeId }),
            commandLine: body.kernel?.commandLine ?? '',
          },
        }),
  }
}
