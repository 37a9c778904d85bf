import { existsSync } from 'node:fs'
import { readFile, readlink, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Folders, foldersOf } from '@viv/common'
import { CliError } from '../output/errors.ts'
import type { Run } from './added-packages.ts'
import { makeFolders } from './folders.ts'
import { lineDiff } from './line-diff.ts'
import { holdLock } from './lock.ts'
import { managerOwner } from './manager-owner.ts'
import { parseListen, portProblem } from './port.mjs'
import { runningVms } from './running-vms.ts'
import { firstProcess, isSystemdFirst, unitState, type UnitState } from './systemd.ts'
import { UNIT_FOLDER, unitNames } from './unit-names.mjs'
import { optionsOf, unitFiles, type UnitFile, type UnitOptions } from './units.ts'

/** What a service needs of the machine; tests put their own in its place. */
export interface ServiceMachine {
  readonly run: Run
  readonly unitFolder: string
  readonly isSystemd: boolean
  readonly isRoot: boolean
}

export const thisMachine = (run: Run): ServiceMachine => ({
  run,
  unitFolder: UNIT_FOLDER,
  isSystemd: isSystemdFirst(),
  isRoot: process.getuid!() === 0,
})

export interface InstallOptions {
  readonly root?: string
  readonly listen?: string
  readonly user?: string
}

/** What is written, and which daemons are started or started again. */
export interface ServicePlan {
  readonly units: readonly (UnitFile & { readonly before: string | undefined })[]
  readonly release: string | undefined
  readonly starts: readonly string[]
  readonly problems: readonly string[]
}

const DEFAULTS: UnitOptions = { listen: '127.0.0.1:8443', user: 'vivarium' }

/** Every reason against it and all that it would do; nothing is changed to find out. */
export async function planInstall(asked: InstallOptions, machine: ServiceMachine): Promise<ServicePlan> {
  const folders = foldersOf(asked.root)
  const names = Object.values(unitNames(asked.root)) as string[]
  const before = await Promise.all(names.map((name) => readUnit(machine, name)))
  const remembered = before.map((text) => (text === undefined ? undefined : optionsOf(text)))
  const options = { ...DEFAULTS, ...remembered.find((each) => each !== undefined), ...said(asked) }
  const release = await readlink(join(folders.releases, 'current')).catch(() => undefined)
  const states = machine.isSystemd ? await Promise.all(names.map((name) => unitState(machine.run, name))) : []
  const owner = await managerOwner({ user: options.user }).catch((error: CliError) => error)
  const files = owner instanceof Error ? [] : unitFiles(folders, options, owner)
  const units = files.map((file, index) => ({ ...file, before: before[index] }))
  const problems = [
    ...machineProblems(machine),
    release === undefined ? noRelease(folders) : undefined,
    owner instanceof Error ? owner.message : undefined,
    ...names.map((name, index) =>
      before[index] !== undefined && !remembered[index] ? foreignUnit(machine, name) : undefined,
    ),
    await foregroundProblem(folders),
    states.some(isUp) ? undefined : await portProblem(parseListen(options.listen)),
  ].filter((problem) => problem !== undefined)
  const starts = units.filter((file, at) => mustStart(file, states[at], release)).map(({ name }) => name)
  return { units, release, starts, problems }
}

const said = ({ listen, user }: InstallOptions): Partial<UnitOptions> => ({
  ...(listen === undefined ? {} : { listen }),
  ...(user === undefined ? {} : { user }),
})

const isUp = ({ active }: UnitState): boolean => active === 'active' || active === 'activating'

/** One that runs as it is meant to, and the release that it is meant to, is left alone. */
function mustStart(
  file: ServicePlan['units'][number],
  state: UnitState | undefined,
  release: string | undefined,
): boolean {
  return file.before !== file.text || state?.active !== 'active' || state.release !== release
}

function machineProblems({ isSystemd, isRoot }: ServiceMachine): string[] {
  return [
    ...(isSystemd
      ? []
      : [
          `systemd is not the first process of this machine (${firstProcess()} is), so nothing would run the units. ` +
            '"viv up" runs Vivarium in the foreground: have that started by what starts things here.',
        ]),
    ...(isRoot ? [] : ['"viv service" needs root: it writes units and starts them. Use sudo.']),
  ]
}

const noRelease = ({ releases }: Folders): string =>
  `There is no release in ${releases} to run. "npm start -- --service" in the checkout writes one, and installs the service.`

const foreignUnit = ({ unitFolder }: ServiceMachine, name: string): string =>
  `${join(unitFolder, name)} is there and not ours: move it away, and install again.`

/** `viv up` would run the same daemons a second time. */
async function foregroundProblem(folders: Folders): Promise<string | undefined> {
  try {
    await using _lock = await holdLock(folders.data)
    return undefined
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    return `${error.message} Stop "viv up" with Ctrl-C first; VMs run on, and the service takes them over.`
  }
}

/** The plan in words; a unit that changes as the lines that go and come. */
export function planLines({ units, release, starts }: ServicePlan): string[] {
  const all = units.flatMap(({ name, text, before }) => {
    if (before === undefined)
      return [
        `${name} is written:`,
        ...text
          .trimEnd()
          .split('\n')
          .map((line) => `  ${line}`),
      ]
    if (before === text) return [`${name} stays as it is.`]
    return [`${name} changes:`, ...lineDiff(before, text).map((line) => `  ${line}`)]
  })
  const which = release === undefined ? '' : ` release ${release}`
  return [
    ...all,
    starts.length === 0 ? `Both run${which} already.` : `Started, or started again, with${which}: ${starts.join(', ')}`,
  ]
}

/** Writes what is new, and starts what has to be. VMs run on. */
export async function install({ units, starts }: ServicePlan, { run, unitFolder }: ServiceMachine): Promise<void> {
  const changed = units.filter(({ before, text }) => before !== text)
  for (const { name, text } of changed) {
    await writeFile(join(unitFolder, `${name}.new`), text, { mode: 0o644 })
    await rename(join(unitFolder, `${name}.new`), join(unitFolder, name))
  }
  if (changed.length > 0) await run('systemctl', ['daemon-reload'])
  await run('systemctl', ['enable', '--quiet', ...units.map(({ name }) => name)])
  if (starts.length > 0) await run('systemctl', ['restart', ...starts])
}

/** Stops the daemons and takes the units away; answers false where there were none. */
export async function removeService(
  root: string | undefined,
  { run, unitFolder, isSystemd }: ServiceMachine,
): Promise<boolean> {
  const { agent, manager } = unitNames(root)
  // The manager first: it has nothing to say while the agent goes.
  const there = [manager, agent].filter((name) => existsSync(join(unitFolder, name)))
  if (there.length === 0) return false
  if (isSystemd) await run('systemctl', ['disable', '--quiet', '--now', ...there])
  for (const name of there) await rm(join(unitFolder, name))
  if (isSystemd) await run('systemctl', ['daemon-reload'])
  return true
}

export interface ServiceStatus {
  readonly isInstalled: boolean
  readonly units: readonly UnitState[]
  /** The release that a start would run. */
  readonly release: string | undefined
  readonly vmsRunning: number
}

export async function serviceStatus(root: string | undefined, machine: ServiceMachine): Promise<ServiceStatus> {
  const folders = foldersOf(root)
  const names = Object.values(unitNames(root)) as string[]
  const isInstalled = names.some((name) => existsSync(join(machine.unitFolder, name)))
  const units =
    isInstalled && machine.isSystemd ? await Promise.all(names.map((name) => unitState(machine.run, name))) : []
  const release = await readlink(join(folders.releases, 'current')).catch(() => undefined)
  return { isInstalled, units, release, vmsRunning: (await runningVms(folders.vmRun)).length }
}

/** Run by the units before each start: `/run` is empty after a boot, and `viv up` may have come in between. */
export async function prepare(root: string | undefined, user: string): Promise<void> {
  const folders = foldersOf(root)
  const problem = await foregroundProblem(folders)
  if (problem !== undefined) throw new CliError('refused', problem)
  await makeFolders(folders, await managerOwner({ user }))
}

/** `viv up` beside the service would be a second agent. */
export async function refuseBesideService(root: string | undefined, machine: ServiceMachine): Promise<void> {
  const { units } = await serviceStatus(root, machine)
  const up = units.filter(isUp).map(({ name }) => name)
  if (up.length === 0) return
  throw new CliError(
    'refused',
    `Vivarium runs as a service already (${up.join(', ')}): see "viv service status". To run it in the foreground, "viv service uninstall" first; VMs run on.`,
  )
}

function readUnit({ unitFolder }: ServiceMachine, name: string): Promise<string | undefined> {
  return readFile(join(unitFolder, name), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return undefined
  })
}
