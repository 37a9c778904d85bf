import { chmod, chown, lchown, mkdir, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Folders } from '@viv/common'

export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** Where nobody else can be. */
export const ourselves = (): Owner => ({ uid: process.getuid!(), gid: process.getgid!() })

export function logFolder({ data }: Folders): string {
  return `${data}/log`
}

/** Makes the folders that daemons of two users share. `/run` is empty after each boot: this is done at every start. */
export async function makeFolders(folders: Folders, manager: Owner): Promise<void> {
  const root = ourselves()
  if (folders.root !== undefined) await mkdir(folders.root, { recursive: true, mode: 0o711 })
  await makeFolder(folders.data, 0o711, root)
  await makeFolder(folders.run, 0o711, root)
  await makeFolder(folders.etc, 0o755, root)
  await makeFolder(folders.agentData, 0o700, root)
  await makeFolder(logFolder(folders), 0o750, root)
  await makeFolder(dirname(folders.apiSocket), 0o711, manager)
  const before = await stat(folders.managerData).catch(() => undefined)
  await makeFolder(folders.managerData, 0o700, manager)
  // The data outlived its user: a new installation's user has another number.
  if (before !== undefined && before.uid !== manager.uid) await giveAll(folders.managerData, manager)
}

async function makeFolder(path: string, mode: number, { uid, gid }: Owner): Promise<void> {
  await mkdir(path, { recursive: true, mode })
  await chown(path, uid, gid)
  await chmod(path, mode)
}

async function giveAll(folder: string, { uid, gid }: Owner): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  for (const entry of entries) await lchown(join(entry.parentPath, entry.name), uid, gid)
}
