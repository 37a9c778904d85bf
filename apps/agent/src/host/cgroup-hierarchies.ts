import { readFile, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Where cgroups can be made on this host, from what is mounted.
 *
 *   v2       /sys/fs/cgroup/cgroup.controllers                 one tree with all controllers
 *   v1       /sys/fs/cgroup/{cpu,memory,…}/cgroup.procs        a tree for each, often two of them in one
 *   hybrid   v1, and at unified/ a v2 tree without controllers: of use to systemd alone, so it is v1 to us
 */
export interface Hierarchies {
  readonly kind: 'v2' | 'v1' | 'none'
  readonly folders: readonly string[]
  readonly controllers: readonly string[]
  readonly note: string
}

/** What VMs are counted, limited and stopped by. */
const WANTED = ['cpu', 'cpuacct', 'memory', 'pids', 'freezer', 'blkio', 'io']
/** Without these there is nothing that a VM could be held to. */
const NEEDED_OF_V1 = ['cpu', 'memory']

export async function findHierarchies(root: string): Promise<Hierarchies> {
  const unified = await readFile(join(root, 'cgroup.controllers'), 'utf8').catch(() => undefined)
  if (unified !== undefined) return v2(root, unified.trim().split(' '))
  const found = new Map<string, string>()
  for (const controller of WANTED) {
    const folder = join(root, controller)
    if (await exists(join(folder, 'cgroup.procs'))) found.set(controller, await realpath(folder))
  }
  return found.size === 0 ? none(`no cgroups are mounted at ${root}`) : v1(found)
}

function v2(root: string, offered: readonly string[]): Hierarchies {
  const controllers = WANTED.filter((controller) => offered.includes(controller))
  if (controllers.length === 0) return none(`the cgroup v2 tree at ${root} has no controllers`)
  return { kind: 'v2', folders: [root], controllers, note: '' }
}

/** Controllers that are mounted together (cpu,cpuacct) are one tree with two names. */
function v1(found: ReadonlyMap<string, string>): Hierarchies {
  const missing = NEEDED_OF_V1.filter((controller) => !found.has(controller))
  if (missing.length > 0) return none(`cgroup v1 is mounted without ${missing.join(' and ')}`)
  const controllers = [...found.keys()]
  const note = `cgroup v1, controllers ${controllers.join(', ')}`
  return { kind: 'v1', folders: [...new Set(found.values())], controllers, note }
}

const none = (note: string): Hierarchies => ({ kind: 'none', folders: [], controllers: [], note })

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}
