import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { HostFacts } from '../domain/contract.ts'
import { findHierarchies, type Hierarchies } from './cgroup-hierarchies.ts'
import { ownUnit } from './host-end.ts'
import { isSystemdFirst, scopeCommand, type ScopePlace, vmOfScope } from './scopes.ts'

interface CgroupsOptions {
  /** Of this installation; every VM's cgroup lies below it. */
  readonly name: string
  readonly root?: string
  /** systemd is the first process; found out where it is not said. */
  readonly isSystemd?: boolean
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** The kernel frees a cgroup some milliseconds after its last process; a machine under load needs longer. */
const REMOVE_TIMEOUT_MS = 5_000
const LOOK_AGAIN_MS = 20

/**
 * One cgroup per VM, outside the agent's own, so that ending the agent's service ends no VM.
 *
 *   v2  /sys/fs/cgroup/<name>/<vmId>/cgroup.procs
 *   v1  /sys/fs/cgroup/{cpu,memory,pids,…}/<name>/<vmId>/tasks
 *
 * Where systemd is the first process it wants to know: there a VM's launcher is started as a scope, and on v2, whose one tree
 * is systemd's, that scope is the VM's cgroup.
 *
 *   v2, systemd  /sys/fs/cgroup/vivarium.slice/<name>/vivarium-vm-<vmId>-….scope
 *
 * Else a VM's launcher writes 0, itself, into each of these files before it starts QEMU. On v1 `tasks` moves its one thread;
 * `cgroup.procs` would take a lock of the whole kernel, for 10 ms at each start (measured).
 * A VM keeps its cgroup until it is undefined: removing it at each stop would race with the next start.
 */
export class Cgroups {
  readonly facts: HostFacts['cgroup']
  /** In each hierarchy, the folder that holds the VMs' own. */
  readonly #parents: readonly string[]
  /** Where launchers are started as scopes. */
  readonly #scopes: ScopePlace | undefined

  private constructor(facts: HostFacts['cgroup'], parents: readonly string[], scopes?: ScopePlace) {
    this.facts = facts
    this.#parents = parents
    this.#scopes = scopes
  }

  /** Never throws: a host without usable cgroups runs VMs, and says why they are not confined. */
  static async open({ name, root = '/sys/fs/cgroup', isSystemd }: CgroupsOptions): Promise<Cgroups> {
    const [found, hasScopes] = await Promise.all([findHierarchies(root), isSystemd ?? isSystemdFirst()])
    const agentUnit = await ownUnit()
    const scopes = hasScopes ? { slice: name, ...(agentUnit === undefined ? {} : { agentUnit }) } : undefined
    if (found.kind === 'none') return new Cgroups({ kind: 'none', note: found.note }, [], scopes)
    if (found.kind === 'v2' && hasScopes) {
      return new Cgroups({ kind: 'v2', note: SCOPES }, [join(root, 'vivarium.slice', name)], scopes)
    }
    const parents = found.folders.map((folder) => join(folder, name))
    try {
      for (const parent of parents) await mkdir(parent, { recursive: true })
      const note = found.kind === 'v2' ? await passControllersOn(found, parents) : found.note
      return new Cgroups({ kind: found.kind, note: hasScopes ? `${note}; ${SCOPES}` : note }, parents, scopes)
    } catch (error) {
      const { code, path } = error as NodeJS.ErrnoException
      if (code === undefined) throw error
      return new Cgroups(
        { kind: 'none', note: `the agent may not make cgroups: ${code} at ${path ?? root}` },
        [],
        scopes,
      )
    }
  }

  /** Answers the files that a process writes 0 into, to be in the VM's cgroup. Repeating it does no harm. */
  async create(vmId: string): Promise<string[]> {
    if (this.#isOurs) return this.#createIn(this.#foldersOf(vmId))
    return []
  }

  async #createIn(folders: readonly string[]): Promise<string[]> {
    for (const folder of folders) await mkdir(folder, { recursive: true })
    return folders.map((folder) => join(folder, this.facts.kind === 'v1' ? 'tasks' : 'cgroup.procs'))
  }

  /** What the VM's launcher is started through; nothing where systemd is not there to count it. */
  scope(vmId: string): string[] {
    return this.#scopes === undefined ? [] : scopeCommand(this.#scopes, vmId, Date.now())
  }

  /** To be called when the VM's processes have been ended; waits for the kernel to let go of them. */
  async remove(vmId: string): Promise<void> {
    for (const folder of this.#isOurs ? this.#foldersOf(vmId) : await this.#scopesOf(vmId)) await removeFolder(folder)
  }

  /** The VMs that have a cgroup, running or left over. */
  async list(): Promise<string[]> {
    const names = await Promise.all(this.#parents.map((parent) => readdir(parent).catch(absentIsEmpty)))
    const vmIds = names.flat().map((name) => (this.#isOurs ? name : (vmOfScope(name) ?? '')))
    return [...new Set(vmIds)].filter((vmId) => UUID.test(vmId))
  }

  /** For the end of an installation: fails where a VM still runs. */
  async removeAll(): Promise<void> {
    for (const vmId of await this.list()) await this.remove(vmId)
    for (const parent of this.#parents) await removeFolder(parent)
  }

  /** Else the tree is systemd's, and so is every folder in it. */
  get #isOurs(): boolean {
    return this.#scopes === undefined || this.facts.kind !== 'v2'
  }

  async #scopesOf(vmId: string): Promise<string[]> {
    const scopes = await Promise.all(
      this.#parents.map(async (parent) => {
        const names = await readdir(parent).catch(absentIsEmpty)
        return names.filter((name) => vmOfScope(name) === vmId).map((name) => join(parent, name))
      }),
    )
    return scopes.flat()
  }

  #foldersOf(vmId: string): string[] {
    if (!UUID.test(vmId)) throw new Error(`${vmId} is not a VM's id`)
    return this.#parents.map((parent) => join(parent, vmId))
  }
}

const SCOPES = 'a systemd scope for each VM, which outlives its services'

/** A v2 cgroup has the controllers that every one above it passes on. */
async function passControllersOn({ folders, controllers }: Hierarchies, parents: readonly string[]): Promise<string> {
  const missing: string[] = []
  for (const controller of controllers) {
    const isPassedOn = await Promise.all([...folders, ...parents].map((folder) => passOn(folder, controller)))
    if (isPassedOn.includes(false)) missing.push(controller)
  }
  const without = missing.length === 0 ? '' : `; not passed on by the host: ${missing.join(', ')}`
  return `a slice of its own beside the host's services; systemd is not the first process here, so there are no scopes${without}`
}

async function passOn(folder: string, controller: string): Promise<boolean> {
  const path = join(folder, 'cgroup.subtree_control')
  try {
    const passedOn = (await readFile(path, 'utf8')).trim().split(' ')
    if (!passedOn.includes(controller)) await writeFile(path, `+${controller}`)
    return true
  } catch {
    // Grouping works without it; limits by this controller do not, which the note says.
    return false
  }
}

async function removeFolder(folder: string): Promise<void> {
  for (const deadline = Date.now() + REMOVE_TIMEOUT_MS; ; await delay(LOOK_AGAIN_MS)) {
    try {
      return await rmdir(folder)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT') return
      if (code !== 'EBUSY') throw error
      if (Date.now() > deadline)
        throw new Error(`cgroup ${folder} still holds ${await processesIn(folder)}`, { cause: error })
    }
  }
}

async function processesIn(folder: string): Promise<string> {
  const pids = (await readFile(join(folder, 'cgroup.procs'), 'utf8')).trim().split('\n')
  return pids[0] === '' ? 'something that is no process' : `the processes ${pids.join(', ')}`
}

function absentIsEmpty(error: NodeJS.ErrnoException): string[] {
  if (error.code !== 'ENOENT') throw error
  return []
}
