import { readdir, readFile, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const MOUNT = '/sys/fs/cgroup'
/** The kernel frees a cgroup some milliseconds after its last process. */
const FREE_TIMEOUT_MS = 5_000
const POLL_MS = 50

/**
 * Removes the cgroups of an installation's VMs, which are gone: one folder named after the host's id, on the one hierarchy
 * of version 2 or on each controller's of version 1. Answers those that still hold a process and so stay.
 */
export async function removeCgroups(agentData: string, mount = MOUNT): Promise<string[]> {
  const text = await readFile(join(agentData, 'host.json'), 'utf8').catch(() => undefined)
  if (text === undefined) return []
  const { hostId } = JSON.parse(text) as { hostId: string }
  const left: string[] = []
  for (const hierarchy of [mount, ...(await subfolders(mount))]) {
    const ours = join(hierarchy, `vivarium-${hostId.slice(0, 8)}.slice`)
    for (const folder of [...(await subfolders(ours)), ours]) if (!(await removeFolder(folder))) left.push(folder)
  }
  return left
}

async function subfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name))
}

async function removeFolder(folder: string): Promise<boolean> {
  for (const deadline = Date.now() + FREE_TIMEOUT_MS; ; await delay(POLL_MS)) {
    try {
      await rmdir(folder)
      return true
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT') return true
      if (code !== 'EBUSY' && code !== 'ENOTEMPTY') throw error
      if (Date.now() > deadline) return false
    }
  }
}
