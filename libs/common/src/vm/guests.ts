import type { DiskBus, Display, NicModel, Pointer } from './devices.ts'
import type { Firmware } from './firmware.ts'

/** What a new machine has for a guest where nobody says otherwise. */
export interface GuestDefaults {
  readonly cpus?: number
  readonly memoryMib?: number
  readonly firmware?: Firmware
  readonly secureBoot?: boolean
  readonly tpm?: boolean
  readonly diskBus?: DiskBus
  readonly nicModel?: NicModel
  readonly pointer?: Pointer
  readonly display?: Display
}

/** What the makers of a guest say that it needs and takes; what is beyond is warned of, never refused. */
export interface GuestLimits {
  readonly minCpus?: number
  readonly minMemoryMib?: number
  readonly maxSockets?: number
  readonly needsUefi?: boolean
  readonly needsTpm?: boolean
  /** Without a driver of its own for paravirtual disks and cards: it needs one while it is installed. */
  readonly lacksVirtio?: boolean
}

interface GuestRow {
  readonly name: string
  readonly defaults: GuestDefaults
  readonly limits: GuestLimits
}

const emulated = { diskBus: 'sata', nicModel: 'e1000e' } as const

/**
 * Guest systems that we know something of. Windows: Microsoft's published requirements; Linux: the installation guides of
 * the distributions. Raise a number only where its source does.
 */
export const GUEST_SYSTEMS = {
  linux: { name: 'Linux', defaults: {}, limits: { minMemoryMib: 64 } },
  'debian-12': { name: 'Debian 12', defaults: { memoryMib: 1024 }, limits: { minMemoryMib: 485 } },
  'ubuntu-24.04': { name: 'Ubuntu 24.04', defaults: { memoryMib: 2048 }, limits: { minMemoryMib: 1024 } },
  'rhel-9': { name: 'RHEL 9, Rocky 9, Alma 9', defaults: { memoryMib: 2048 }, limits: { minMemoryMib: 1536 } },
  'windows-11': {
    name: 'Windows 11',
    defaults: { cpus: 2, memoryMib: 4096, firmware: 'uefi', secureBoot: true, tpm: true, ...emulated },
    limits: { minCpus: 2, minMemoryMib: 4096, maxSockets: 2, needsUefi: true, needsTpm: true, lacksVirtio: true },
  },
  'windows-10': {
    name: 'Windows 10',
    defaults: { cpus: 2, memoryMib: 4096, firmware: 'uefi', ...emulated },
    limits: { minMemoryMib: 2048, maxSockets: 2, lacksVirtio: true },
  },
  'windows-server-2022': {
    name: 'Windows Server 2022',
    defaults: { cpus: 2, memoryMib: 4096, firmware: 'uefi', ...emulated },
    limits: { minMemoryMib: 512, maxSockets: 64, lacksVirtio: true },
  },
  other: { name: 'another system', defaults: {}, limits: {} },
} as const satisfies Record<string, GuestRow>
export type GuestSystem = keyof typeof GUEST_SYSTEMS

export const GUEST_SYSTEM_NAMES = Object.keys(GUEST_SYSTEMS) as GuestSystem[]
export const guestOf = (system: GuestSystem): GuestRow => GUEST_SYSTEMS[system]
