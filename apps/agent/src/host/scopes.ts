import { stat } from 'node:fs/promises'

const PREFIX = 'vivarium-vm-'
const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const SCOPE = new RegExp(`^${PREFIX}(${UUID})-[0-9a-z]+\\.scope$`)

/** Whether systemd is this machine's first process, as its own programs find it out. */
export async function isSystemdFirst(folder = '/run/systemd/system'): Promise<boolean> {
  return (await stat(folder).catch(() => undefined))?.isDirectory() === true
}

/** Where scopes are made. */
export interface ScopePlace {
  readonly slice: string
  /** Stopped before them when the machine goes down: their guests are still there then, to be shut down. */
  readonly agentUnit?: string
}

/**
 * What a launcher is started through, so that systemd counts it as a unit of its own: neither the end nor a restart of the
 * agent's service touches it then. `systemd-run` becomes the launcher itself once the scope is there. Each start has a name
 * of its own: the scope of the one before may not be gone yet.
 */
export function scopeCommand({ slice, agentUnit }: ScopePlace, vmId: string, startedAtMs: number): string[] {
  const unit = `${PREFIX}${vmId}-${startedAtMs.toString(36)}.scope`
  const order = agentUnit === undefined ? [] : [`--property=Before=${agentUnit}`]
  return ['systemd-run', '--scope', '--quiet', '--collect', `--unit=${unit}`, `--slice=${slice}`, ...order, '--']
}

/** The VM whose scope it is, by a scope's name. */
export const vmOfScope = (name: string): string | undefined => SCOPE.exec(name)?.[1]
