import { readFileSync, statSync } from 'node:fs'
import { readlink } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { Run } from './added-packages.ts'

/** What systemd says of one of its units. */
export interface UnitState {
  readonly name: string
  /** active, activating, inactive, failed … */
  readonly active: string
  /** enabled, disabled, or nothing where there is no such unit. */
  readonly enabled: string
  readonly result: string
  readonly pid: number | undefined
  readonly restarts: number
  /** Which release its process runs. */
  readonly release: string | undefined
}

/** Whether systemd is this machine's first process, as its own programs find it out. */
export const isSystemdFirst = (folder = '/run/systemd/system'): boolean =>
  statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true

/** Who is first instead, for the words of a refusal. */
export function firstProcess(): string {
  try {
    return readFileSync('/proc/1/comm', 'utf8').trim()
  } catch {
    return 'something else'
  }
}

const PROPERTIES = ['ActiveState', 'UnitFileState', 'Result', 'MainPID', 'NRestarts']

export async function unitState(run: Run, name: string): Promise<UnitState> {
  const text = await run('systemctl', ['show', `--property=${PROPERTIES.join(',')}`, name])
  const found = new Map(text.split('\n').map((line) => line.split('=', 2) as [string, string]))
  const pid = Number(found.get('MainPID') ?? 0)
  return {
    name,
    active: found.get('ActiveState') ?? 'unknown',
    enabled: found.get('UnitFileState') ?? '',
    result: found.get('Result') ?? '',
    pid: pid === 0 ? undefined : pid,
    restarts: Number(found.get('NRestarts') ?? 0),
    release: pid === 0 ? undefined : await releaseOf(pid),
  }
}

/** By the Node that it runs on, which lies in its release. */
async function releaseOf(pid: number): Promise<string | undefined> {
  const node = await readlink(`/proc/${pid}/exe`).catch(() => '')
  const [release, rest] = node.split('/node_modules/')
  return rest === undefined || basename(dirname(release ?? '')) !== 'releases' ? undefined : basename(release ?? '')
}
