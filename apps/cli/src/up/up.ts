import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Folders, foldersOf } from '@viv/common'
import { Daemon, type DaemonName } from './daemon.ts'
import { CliError } from '../output/errors.ts'
import { logFolder, makeFolders, ourselves, type Owner } from './folders.ts'
import { holdLock } from './lock.ts'
import { LogFile } from './log-file.ts'
import { type ManagerOwnerOptions, managerOwner } from './manager-owner.ts'
import { parseListen, portProblem } from './port.mjs'
import { runProgram } from './run-program.ts'
import { runningVms } from './running-vms.ts'
import { refuseBesideService, thisMachine } from './service.ts'
import { SIMULATION_ENDED, type Simulation, type SimulationOptions, refuseMixed, simulationOf } from './simulation.ts'
import { stopRequest } from './stop-request.ts'
import { type Listening, lastWords, listeningWords, takenOverWords } from './words.ts'

export interface UpOptions extends ManagerOwnerOptions, SimulationOptions {
  readonly listen: string
  readonly root?: string
  readonly untilInputEnds?: boolean
}

/** The daemons' main modules; tests put small ones in their place. */
export type DaemonEntries = Readonly<Record<DaemonName, string>>

const ENTRIES: DaemonEntries = {
  agent: fileURLToPath(new URL('../../../agent/src/main.ts', import.meta.url)),
  simulator: fileURLToPath(new URL('../../../agent/src/sim/main.ts', import.meta.url)),
  manager: fileURLToPath(new URL('../../../manager/src/main.ts', import.meta.url)),
}

/**
 * Runs this host's daemons in the foreground until it is asked to stop.
 *
 *   lock ─► port ─► folders ─► agent (root) ─ ready ─► manager (its own user) ─ ready ─► told
 *                                 stop ◄───────────────── stop ◄──────────── Ctrl-C, hang-up, end of input
 *
 * VMs are nobody's children here: whatever ends, they run on. With --simulate the simulator stands in the agent's place, and
 * who is not root runs both as themselves.
 */
export async function up(options: UpOptions, entries: DaemonEntries = ENTRIES): Promise<void> {
  const simulation = simulationOf(options)
  if (simulation === undefined && process.getuid!() !== 0)
    throw new CliError('refused', "`viv up` needs root: it starts the host's agent. Use sudo.")
  // A terminal that is gone must not end us before the daemons have, as it rightly ends other commands.
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners('error').on('error', () => undefined)
  const folders = foldersOf(options.root)
  await using _lock = await holdLock(folders.data)
  refuseMixed(folders, simulation)
  await refuseBesideService(options.root, thisMachine(runProgram))
  const address = parseListen(options.listen)
  const problem = await portProblem(address)
  if (problem !== undefined) throw new CliError('refused', problem)
  const owner = process.getuid!() === 0 ? await managerOwner(options) : ourselves()
  await makeFolders(folders, owner)
  using stop = stopRequest(options.untilInputEnds === true)
  await using daemons = new AsyncDisposableStack()
  const before = await runningVms(folders.vmRun)
  if (before.length > 0) say(takenOverWords(before.length))
  await Promise.race([
    startDaemons({ folders, owner, listen: options.listen, entries, simulation }, daemons),
    aborted(stop.signal),
  ])
  await aborted(stop.signal)
  say('Vivarium stops …')
  await daemons.disposeAsync()
  say(simulation === undefined ? lastWords((await runningVms(folders.vmRun)).length) : SIMULATION_ENDED)
}

interface Start {
  readonly folders: Folders
  readonly owner: Owner
  readonly listen: string
  readonly entries: DaemonEntries
  readonly simulation: Simulation | undefined
}

async function startDaemons(
  { folders, owner, listen, entries, simulation }: Start,
  daemons: AsyncDisposableStack,
): Promise<void> {
  const root = folders.root === undefined ? [] : ['--root', folders.root]
  const start = (name: DaemonName, args: readonly string[], as?: Owner) => {
    const log = daemons.use(new LogFile(`${logFolder(folders)}/${name}.log`))
    const daemon = new Daemon({
      name,
      entry: entries[name],
      args: [...root, ...args],
      log,
      say,
      ...(as && { owner: as }),
    })
    daemons.defer(() => daemon.stop())
    return daemon.start()
  }
  // Who is not root has nobody else to run the manager as, nor to let call.
  const isRoot = process.getuid!() === 0
  const group = isRoot ? ['--manager-gid', String(owner.gid)] : []
  const host = simulation === undefined ? 'agent' : 'simulator'
  say(`The ${host} starts …`)
  await start(host, [...(simulation?.simulatorArgs ?? []), ...group])
  // Asked to stop meanwhile: what was begun is being undone.
  if (daemons.disposed) return
  say('The manager starts …')
  const { host: address, port } = parseListen(listen)
  const args = ['--host', address, '--port', String(port), ...(simulation?.managerArgs ?? [])]
  const ready = await start('manager', args, isRoot ? owner : undefined)
  say(listeningWords(ready as unknown as Listening, simulation?.words))
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}
