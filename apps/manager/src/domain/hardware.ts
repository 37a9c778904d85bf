import { diskPciSlot, nicPciSlot, type VmHardware } from '@viv/common'
import type { VmCreate } from '@viv/api'
import type { HostFacts } from './host.ts'

export interface HardwareChoices {
  readonly body: VmCreate
  readonly facts: Pick<HostFacts, 'kvm' | 'machineType'>
  /** One id for each disk, the image's first. */
  readonly diskVolumeIds: readonly string[]
  readonly mac: string
  readonly kernelVolumeId?: string
  readonly initrdVolumeId?: string
}

export const DEFAULT_CPUS = 1
export const DEFAULT_MEMORY_MIB = 512
/** What every x86-64 host and TCG can give; `host` is chosen where the VM will only ever run under KVM. */
const PORTABLE_CPU_MODEL = 'qemu64'

/** Pins everything that the guest will see. */
export function pinHardware({
  body,
  facts,
  diskVolumeIds,
  mac,
  kernelVolumeId,
  initrdVolumeId,
}: HardwareChoices): VmHardware {
  const accelerator = body.accelerator ?? (facts.kvm.isUsable ? 'kvm' : 'translate')
  return {
    accelerator,
    machineType: facts.machineType,
    cpuModel: accelerator === 'kvm' ? 'host' : PORTABLE_CPU_MODEL,
    cpus: body.cpus ?? DEFAULT_CPUS,
    memoryMib: body.memoryMib ?? DEFAULT_MEMORY_MIB,
    disks: diskVolumeIds.map((volumeId, index) => ({
      slot: index + 1,
      volumeId,
      bus: 'virtio',
      pciSlot: diskPciSlot(index + 1),
    })),
    nics: [{ slot: 1, model: 'virtio', mac, network: 'user', forwards: body.forwards ?? [], pciSlot: nicPciSlot(1) }],
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
