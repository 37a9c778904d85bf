import { type Static, Type } from 'typebox'

/** What starts the guest: the BIOS of old, or UEFI with variables of its own. */
export const Firmware = Type.Union([Type.Literal('bios'), Type.Literal('uefi')])
export type Firmware = Static<typeof Firmware>

/** Parts of machines that a host has only where their package is installed. */
export const HOST_PARTS = {
  uefi: { name: 'UEFI firmware', package: 'ovmf' },
  secureBoot: { name: 'UEFI firmware with secure boot', package: 'ovmf' },
  tpm: { name: 'TPM 2.0 emulator', package: 'swtpm' },
} as const
export type HostPart = keyof typeof HOST_PARTS
export type HostParts = Readonly<Record<HostPart, boolean>>

/** What such a machine needs of its host. */
export function neededParts(hardware: {
  readonly firmware?: Firmware
  readonly secureBoot?: boolean
  readonly tpm?: boolean
}): HostPart[] {
  const isUefi = hardware.firmware === 'uefi'
  return [
    ...(isUefi && hardware.secureBoot !== true ? (['uefi'] as const) : []),
    ...(isUefi && hardware.secureBoot === true ? (['secureBoot'] as const) : []),
    ...(hardware.tpm === true ? (['tpm'] as const) : []),
  ]
}

/** What of a machine can end while the machine goes on. */
export const BROKEN_PARTS = ['tpm'] as const
export type BrokenPart = (typeof BROKEN_PARTS)[number]

/** Seen with OVMF: with less a loader finds no room for a kernel, and one with guarded variables starts over and over. */
export const FIRMWARE_MEMORY_MIB = { uefi: 256, secure: 512 } as const
