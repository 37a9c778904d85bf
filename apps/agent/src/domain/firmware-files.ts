/** Where Debian's packages put them. */
const OVMF = '/usr/share/OVMF'
export const SWTPM = '/usr/bin/swtpm'

/** The firmware's code, read by all, and what its variables begin with. */
export function ovmf(isSecure: boolean): { readonly code: string; readonly template: string } {
  // `ms`: with Microsoft's keys, by which every distribution's first loader is signed.
  const kind = isSecure ? '.ms' : ''
  return { code: `${OVMF}/OVMF_CODE_4M${kind}.fd`, template: `${OVMF}/OVMF_VARS_4M${kind}.fd` }
}

export interface FirmwareFiles {
  readonly code: string
  /** The VM's own. */
  readonly variables: string
}
