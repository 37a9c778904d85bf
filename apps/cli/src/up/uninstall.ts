import { existsSync } from 'node:fs'
import { readdir, readlink, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Folders, foldersOf } from '@viv/common'
import { type RemovalPlan, type Run, removalPlan, removePackages } from './added-packages.ts'
import { CliError } from '../output/errors.ts'
import { removeCgroups } from './cgroups.ts'
import { logFolder } from './folders.ts'
import { holdLock } from './lock.ts'
import { readRecord, recordFile } from './record.ts'
import { runProgram } from './run-program.ts'
import { runningVms, vmPid } from './running-vms.ts'
import { removeService, type ServiceMachine, thisMachine } from './service.ts'

/** What uninstalling needs of the machine; tests put their own in its place. */
export interface Machine {
  readonly run: Run
  readonly say: (line: string) => void
  /** Left out where there is no service to be asked for. */
  readonly service?: ServiceMachine
}

export interface UninstallOptions {
  readonly root?: string
  readonly purge?: boolean
  readonly force?: boolean
}

const MACHINE_COMMAND = '/usr/local/bin/viv'
const VM_END_TIMEOUT_MS = 10_000
const POLL_MS = 50

/**
 * Takes away what the set-up added, by its record, and what starts have made.
 *
 *   lock (nothing runs, nothing can start) ─► VMs (none, or ended by force) ─► packages ─► users ─► folders ─► record
 *
 * VM data stays unless it is purged: datastores, what manager and agent know of them, settings. The record goes last, so
 * that a cut uninstall can be done again.
 */
export async function uninstall(options: UninstallOptions, machine: Machine = THIS_MACHINE): Promise<void> {
  const { run, say } = machine
  if (process.getuid!() !== 0) throw new CliError('refused', '`viv uninstall` needs root. Use sudo.')
  const folders = foldersOf(options.root)
  await using _lock = await holdLock(folders.data)
  await endVms(folders, options, say)
  if (machine.service !== undefined && (await removeService(options.root, machine.service))) say('Service removed.')
  const record = await readRecord(folders.etc)
  const plan = await removalPlan(record.packages, run)
  await removePackages(plan.removed, run)
  tellPackages(plan, say)
  for (const user of record.users) await removeUser(user, machine)
  await removeCommand(folders)
  const held = await removeCgroups(folders.agentData)
  if (held.length > 0) say(`Cgroups that still hold a process, and stay: ${held.join(', ')}`)
  await removeFolders(folders, options.purge === true, say)
  await rm(recordFile(folders.etc), { force: true })
  for (const empty of [folders.etc, folders.data, folders.root]) if (empty !== undefined) await removeIfEmpty(empty)
  const isDataLeft = existsSync(folders.data)
  say(
    isDataLeft
      ? `VM data and settings stay in ${folders.data} and ${folders.etc}; --purge deletes them too.`
      : 'Nothing is left.',
  )
}

async function endVms({ vmRun }: Folders, { purge, force }: UninstallOptions, say: Machine['say']): Promise<void> {
  const vmIds = await runningVms(vmRun)
  if (vmIds.length === 0) return
  if (!(purge && force)) {
    const which = vmIds.length === 1 ? '1 VM runs' : `${vmIds.length} VMs run`
    const how =
      'stop with `viv vm stop NAME` while Vivarium runs; `viv uninstall --purge --force` ends and deletes them'
    throw new CliError('refused', `${which} (${vmIds.join(', ')}): ${how}.`)
  }
  for (const vmId of vmIds) process.kill((await vmPid(vmRun, vmId))!, 'SIGKILL')
  const deadline = AbortSignal.timeout(VM_END_TIMEOUT_MS)
  while ((await runningVms(vmRun)).length > 0) await delay(POLL_MS, undefined, { signal: deadline })
  say(`VMs ended: ${vmIds.join(', ')}`)
}

function tellPackages({ removed, kept }: RemovalPlan, say: Machine['say']): void {
  if (removed.length > 0) say(`Debian packages removed: ${removed.join(', ')}`)
  if (kept.length > 0) say(`Debian packages kept, others need them now: ${kept.join(', ')}`)
}

async function removeUser(user: string, { run, say }: Machine): Promise<void> {
  const isThere = await run('id', ['-u', user]).then(
    () => true,
    () => false,
  )
  if (!isThere) return
  await run('userdel', [user])
  say(`System user removed: ${user}`)
}

/** The command is ours only where it leads to our releases. */
async function removeCommand({ root, releases }: Folders): Promise<void> {
  if (root !== undefined) return rm(join(root, 'bin'), { recursive: true, force: true })
  const target = await readlink(MACHINE_COMMAND).catch(() => '')
  if (target.startsWith(`${releases}/`)) await rm(MACHINE_COMMAND)
}

async function removeFolders(folders: Folders, isPurged: boolean, say: Machine['say']): Promise<void> {
  const { run, releases, cache, data, etc } = folders
  const gone = [run, releases, cache, logFolder(folders), ...(isPurged ? [data, etc] : [])].filter((path) =>
    existsSync(path),
  )
  for (const path of gone) await rm(path, { recursive: true, force: true })
  if (gone.length > 0) say(`Folders removed: ${gone.join(', ')}`)
}

async function removeIfEmpty(folder: string): Promise<void> {
  if (existsSync(folder) && (await readdir(folder)).length === 0) await rmdir(folder)
}

const THIS_MACHINE: Machine = {
  run: runProgram,
  say: (line) => void process.stdout.write(`${line}\n`),
  service: thisMachine(runProgram),
}
