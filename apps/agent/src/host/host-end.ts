import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { isSystemdFirst } from './scopes.ts'

const OURS = /^vivarium-agent(-[0-9a-f]{8})?\.service$/

/**
 * The agent's own unit, by its cgroup; undefined where it is no service.
 *
 *   v2  0::/system.slice/vivarium-agent.service
 *   v1  1:name=systemd:/system.slice/vivarium-agent.service
 */
export async function ownUnit(path = '/proc/self/cgroup'): Promise<string | undefined> {
  const lines = (await readFile(path, 'utf8').catch(() => '')).split('\n')
  const names = lines.filter((line) => /^(0:|[0-9]+:name=systemd):/.test(line)).map((line) => basename(line))
  return names.find((name) => OURS.test(name))
}

/** Whether the whole machine goes down, by systemd's word: the agent alone may be restarted at any time. */
export async function isHostEnding(): Promise<boolean> {
  if (!(await isSystemdFirst())) return false
  return new Promise((resolve) => {
    // It ends with 1 for every state that is not "running".
    execFile('systemctl', ['is-system-running'], (_error, stdout) => resolve(stdout.trim() === 'stopping'))
  })
}
