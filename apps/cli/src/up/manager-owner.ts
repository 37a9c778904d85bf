import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { CliError } from '../output/errors.ts'
import type { Owner } from './folders.ts'

export interface ManagerOwnerOptions {
  readonly user: string
  readonly managerUid?: string
  readonly managerGid?: string
}

/** Whom the manager runs as: a system user, or bare numbers where none was added. */
export async function managerOwner({ user, managerUid, managerGid }: ManagerOwnerOptions): Promise<Owner> {
  if (managerUid !== undefined) return { uid: idNumber(managerUid), gid: idNumber(managerGid ?? managerUid) }
  try {
    const [uid, gid] = await Promise.all([idOf('-u', user), idOf('-g', user)])
    return { uid, gid }
  } catch {
    throw new CliError('refused', `There is no system user ${user}. \`npm start\` adds it; --user names another one.`)
  }
}

async function idOf(flag: '-u' | '-g', user: string): Promise<number> {
  const { stdout } = await promisify(execFile)('id', [flag, user])
  return Number(stdout)
}

function idNumber(text: string): number {
  const id = Number(text)
  if (!Number.isInteger(id) || id < 0) throw new CliError('refused', `${text} is not a user's or group's number.`)
  return id
}
