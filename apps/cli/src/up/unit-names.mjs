/**
 * What systemd calls the two daemons of an installation. Plain JavaScript, for the set-up asks before our own Node is there;
 * unit-names.d.mts has its types.
 */
import { createHash } from 'node:crypto'

export const UNIT_FOLDER = '/etc/systemd/system'

/** The machine's own installation has the plain names; others are told apart by where they lie. */
export function unitNames(root) {
  const which = root === undefined ? '' : `-${createHash('sha256').update(root).digest('hex').slice(0, 8)}`
  return { agent: `vivarium-agent${which}.service`, manager: `vivarium-manager${which}.service` }
}
