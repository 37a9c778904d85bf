import type { VmHardware } from '@viv/common'
import type { FirmwareFiles } from '../domain/firmware-files.ts'

/** What stands behind the machine's type: where its firmware is, and the mode that guards the variables of a secure one. */
export function firmwareOfMachine({ firmware, secureBoot }: VmHardware): string {
  if (firmware !== 'uefi') return ''
  return `,pflash0=firmware,pflash1=variables${secureBoot === true ? ',smm=on' : ''}`
}

export function firmwareArguments({ secureBoot }: VmHardware, files: FirmwareFiles | undefined): string[] {
  if (files === undefined) return []
  return [
    ...['-blockdev', flash('firmware', files.code, true)],
    ...['-blockdev', flash('variables', files.variables, false)],
    // Only the firmware itself may write the variables: not the guest's kernel behind its back.
    ...(secureBoot === true ? ['-global', 'driver=cfi.pflash01,property=secure,value=on'] : []),
  ]
}

function flash(node: string, filename: string, isReadOnly: boolean): string {
  const file = { driver: 'file', 'node-name': `${node}-file`, filename, 'read-only': isReadOnly }
  return JSON.stringify({ 'node-name': node, driver: 'raw', 'read-only': isReadOnly, file })
}
