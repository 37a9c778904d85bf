import { readFile } from 'node:fs/promises'
import { CliError } from '../output/errors.ts'

/** What the set-up added to this machine, written by it before it did: `<etc>/installed.json`. */
export interface InstalledRecord {
  readonly packages: readonly string[]
  readonly users: readonly string[]
}

export function recordFile(etc: string): string {
  return `${etc}/installed.json`
}

export async function readRecord(etc: string): Promise<InstalledRecord> {
  const text = await readFile(recordFile(etc), 'utf8').catch(() => undefined)
  if (text === undefined) return { packages: [], users: [] }
  const { version, packages, users } = JSON.parse(text) as InstalledRecord & { version: number }
  if (version !== 1)
    throw new CliError('refused', `${recordFile(etc)} was written by a newer Vivarium: uninstall with that one.`)
  return { packages, users }
}
