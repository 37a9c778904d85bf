import {
  type Effect,
  effect,
  FIRMWARE_MEMORY_MIB,
  HOST_PARTS,
  neededParts,
  refusal,
  type Refusal,
  type VmHardware,
  type Warning,
  warning,
} from '@viv/common'
import type { Asked } from './machine-asked.ts'

type Remembered = Pick<VmHardware, 'firmware' | 'secureBoot' | 'tpm'>

/** Why a machine can't have its firmware, secure boot or TPM. */
export function firmwareRefusals({ before, after, host, instead }: Asked): Refusal[] {
  const { firmware, secureBoot, machineType } = after
  const isSecure = secureBoot === true
  const lacking = neededParts(after).filter(
    (part) => !neededParts(before).includes(part) && host !== undefined && host.facts.parts?.[part] !== true,
  )
  return [
    ...(isSecure && firmware !== 'uefi'
      ? [
          refusal(
            'secure_boot_needs_uefi',
            {},
            instead(before.secureBoot ? { secureBoot: false } : { firmware: 'uefi' }),
          ),
        ]
      : []),
    ...(isSecure && !machineType.includes('q35')
      ? [refusal('secure_boot_needs_q35', { machine: machineType }, instead({ secureBoot: false }))]
      : []),
    ...lacking.map((part) => {
      const { name, package: packageName } = HOST_PARTS[part]
      return refusal('host_lacks_part', { host: host?.name ?? '', part: name, package: packageName })
    }),
  ]
}

export function firmwareEffects({ firmware, secureBoot, tpm }: Remembered): Effect[] {
  return [
    ...(firmware === 'uefi' ? [effect('firmware_made', {})] : []),
    ...(secureBoot === true ? [effect('secure_boot_made', {})] : []),
    ...(tpm === true ? [effect('tpm_made', {})] : []),
  ]
}

/** `before` is undefined of a VM that is only made. */
export function firmwareWarnings(
  before: Remembered | undefined,
  after: Remembered,
  memoryMib: number,
  hasKernel: boolean,
): Warning[] {
  const isSecure = after.secureBoot === true
  const needed = FIRMWARE_MEMORY_MIB[isSecure ? 'secure' : 'uefi']
  const isOther = before !== undefined && (before.firmware ?? 'bios') !== (after.firmware ?? 'bios')
  const losesVariables = before?.firmware === 'uefi' && (isOther || (before.secureBoot === true) !== isSecure)
  return [
    ...(losesVariables ? [warning('variables_dropped', {})] : []),
    ...(isOther ? [warning('other_firmware', {})] : []),
    ...(before?.tpm === true && after.tpm !== true ? [warning('tpm_dropped', {})] : []),
    ...(after.firmware === 'uefi' && memoryMib < needed ? [warning('firmware_memory', { memoryMib: needed })] : []),
    ...(isSecure && hasKernel ? [warning('kernel_unverified', {})] : []),
  ]
}
