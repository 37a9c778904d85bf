import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Folders, foldersOf } from '@viv/common'
import { Daemon } from './daemon.ts'
import { CliError } from '../output/errors.ts'
import { logFolder, makeFolders, type Owner } from './folders.ts'
import { holdLock } from './lock.ts'
import { LogFile } from './log-file.ts'
import { type ManagerOwnerOptions, managerOwner } from './manager-owner.ts'
import { parseListen, portProblem } from './port.mjs'
import { runningVms } from './running-vms.ts'
import { stopRequest } from './stop-request.ts'
import { type Listening, lastWords, listeningWords, takenOverWords } from './words.ts'

export interface UpOptions extends ManagerOwnerOptions {
  readonly listen: string
  readonly root?: string
  readonly untilInputEnds?: boolean
}

/** The daemons' main modules; tests put small ones in their place. */
export interface DaemonEntries {
  readonly agent: string
  readonly manager: string
}

const ENTRIES: DaemonEntries = {
  agent: fileURLToPath(new URL('../../../agent/src/main.ts', import.meta.url)),
  manager: fileURLToPath(new URL('../../../manager/src/main.ts', import.meta.url)),
}

/**
 * Runs this host's daemons in the foreground until it is asked to stop.
 *
 *   lock ─► port ─► folders ─► agent (root) ─ ready ─► manager (its own user) ─ ready ─► told
 *                                 stop ◄───────────────── stop ◄──────────── Ctrl-C, hang-up, end of input
 *
 * VMs are nobody's children here: whatever ends, they run on.
 */
export async function up(options: UpOptions, entries: DaemonEntries = ENTRIES): Promise<void> {
  if (process.getuid!() !== 0)
    throw new CliError('refused', "`viv up` needs root: it starts the host's agent. Use sudo.")
  // A terminal that is gone must not end us before the daemons have, as it rightly ends other commands.
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners('error').on('error', () => undefined)
  const folders = foldersOf(options.root)
  await using _lock = await holdLock(folders.data)
  const address = parseListen(options.listen)
  const problem = await portProblem(address)
  if (problem !== undefined) throw new CliError('refused', problem)
  const owner = await managerOwner(options)
  await makeFolders(folders, owner)
  using stop = stopRequest(options.untilInputEnds === true)
  await using daemons = new AsyncDisposableStack()
  const before = await runningVms(folders.vmRun)
  if (before.length > 0) say(takenOverWords(before.length))
  await Promise.race([startDaemons(folders, owner, options.listen, entries, daemons), aborted(stop.signal)])
  await aborted(stop.signal)
  say('Vivarium stops …')
  await daemons.disposeAsync()
  say(lastWords((await runningVms(folders.vmRun)).length))
}

async function startDaemons(
  folders: Folders,
  owner: Owner,
  listen: string,
  entries: DaemonEntries,
  daemons: AsyncDisposableStack,
): Promise<void> {
  const root = folders.root === undefined ? [] : ['--root', folders.root]
  const start = (name: 'agent' | 'manager', args: string[], as?: Owner) => {
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
  say('The agent starts …')
  await start('agent', ['--manager-gid', String(owner.gid)])
  // Asked to stop meanwhile: what was begun is being undone.
  if (daemons.disposed) return
  say('The manager starts …')
  const { host, port } = parseListen(listen)
  const ready = await start('manager', ['--host', host, '--port', String(port)], owner)
  say(listeningWords(ready as unknown as Listening))
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}
