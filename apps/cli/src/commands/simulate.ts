import { foldersOf, type HostFailures, type HostFaultsView, SIMULATOR_PATHS, type SimulatorView } from '@viv/common'
import { Command, Option } from 'commander'
import { usageError } from '../output/errors.ts'
import { renderTable } from '../output/table.ts'
import { type Context, contextOf, examples } from './context.ts'

const ENDS = { die: 'died', 'power-off': 'powered_off', panic: 'panicked' } as const

export function simulateCommand(): Command {
  const simulate = new Command('simulate').description(
    'Faults of a simulated platform ("viv up --simulate"), for as long as it runs.',
  )
  const commands = [showCommand(), slowCommand(), unreachableCommand(), reachableCommand()]
  for (const command of [...commands, failCommand(), vmCommand(), clearCommand()]) simulate.addCommand(command)
  return examples(simulate, [
    'viv --root DIR simulate unreachable sim-0001',
    'viv --root DIR simulate vm web-00042 die',
    'viv --root DIR simulate clear',
  ])
}

type Call = readonly [method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: object]

/** Every command is one call, and shows what is asked for from then on. */
async function call(self: Command, ...[method, path, body]: Call): Promise<void> {
  const context = contextOf(self)
  const { root } = context.globals
  if (root === undefined) throw usageError('Say which simulated platform you mean: viv --root DIR simulate …')
  const { callSimulator } = await import('../connection/simulator.ts')
  show(context, await callSimulator(foldersOf(root).simulatorSocket, method, path, body))
}

function show({ terminal }: Context, view: SimulatorView): void {
  if (view.faults.length === 0) terminal.note(`No faults on ${view.hosts} simulated hosts.`)
  else terminal.table(view, () => renderTable(['HOST', 'REACHABLE', 'SLOW BY', 'FAILS'], view.faults.map(row)))
  if (view.faults.length === 0 && terminal.isJson) terminal.result(view, () => [])
}

function row({ host, isReachable, delayMs, failures }: HostFaultsView): string[] {
  return [
    host,
    isReachable ? 'yes' : 'no',
    delayMs === 0 ? '-' : `${delayMs} ms`,
    failures.map(failing).join(', ') || '-',
  ]
}

function failing({ kind, times, probability, reason }: HostFailures): string {
  const often = times === undefined ? 'always' : `${times} times`
  const chance = probability === undefined ? '' : ` at ${probability}`
  return `${kind} ${often}${chance}${reason === undefined ? '' : ` with ${reason}`}`
}

const at = (path: string, names: Readonly<Record<string, string>>): string =>
  path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(names[name] ?? ''))

function showCommand(): Command {
  const command = new Command('show').summary('the faults that were asked for')
  return command.action((_options: object, self: Command) => call(self, 'GET', SIMULATOR_PATHS.faults))
}

function slowCommand(): Command {
  return new Command('slow')
    .summary('let a host answer late; 0 ends it')
    .argument('<host>')
    .argument('<milliseconds>', '', wholeNumber)
    .action((host: string, delayMs: number, _options: object, self: Command) =>
      call(self, 'PUT', at(SIMULATOR_PATHS.delay, { host }), { delayMs }),
    )
}

function unreachableCommand(): Command {
  return new Command('unreachable')
    .summary('cut the connections of a host; its VMs run on')
    .argument('<host>')
    .action((host: string, _options: object, self: Command) =>
      call(self, 'PUT', at(SIMULATOR_PATHS.reachability, { host }), { isReachable: false }),
    )
}

function reachableCommand(): Command {
  return new Command('reachable')
    .summary('let it come back')
    .argument('<host>')
    .action((host: string, _options: object, self: Command) =>
      call(self, 'PUT', at(SIMULATOR_PATHS.reachability, { host }), { isReachable: true }),
    )
}

interface FailOptions {
  readonly times?: number
  readonly probability?: number
  readonly reason?: string
  readonly fact?: readonly string[]
}

function failCommand(): Command {
  const command = new Command('fail')
    .summary('let operations of a kind fail on a host')
    .argument('<host>')
    .argument('<kind>', 'vmStart, volumeCreate, … (a wrong one is answered with all)')
    .option('--times <count>', 'so many of them (all, until it is cleared)', wholeNumber)
    .option('--probability <chance>', 'each with this chance, 0 to 1', Number)
    .option('--reason <reason>', 'why, of docs/errors.md (agent_refused)')
    .addOption(new Option('--fact <name=value...>', 'what the reason names'))
    .action((host: string, kind: string, options: FailOptions, self: Command) => {
      const { fact, ...more } = options
      const facts = fact === undefined ? {} : { facts: Object.fromEntries(fact.map(pair)) }
      return call(self, 'POST', at(SIMULATOR_PATHS.failures, { host }), { kind, ...more, ...facts })
    })
  return examples(command, [
    'viv --root DIR simulate fail sim-0001 vmStart --times 3',
    'viv --root DIR simulate fail sim-0001 vmStart --reason qemu_failed --fact name=web --fact "output=no such device"',
  ])
}

function vmCommand(): Command {
  return new Command('vm')
    .summary('let a VM end by itself')
    .argument('<vm>', 'the name that it was made with, or its id')
    .argument('<how>', Object.keys(ENDS).join(', '))
    .action((vm: string, how: string, _options: object, self: Command) => {
      const word = ENDS[how as keyof typeof ENDS]
      if (word === undefined) throw usageError(`A VM can ${Object.keys(ENDS).join(', ')}; not ${how}.`)
      return call(self, 'POST', at(SIMULATOR_PATHS.vmEnd, { vm }), { how: word })
    })
}

function clearCommand(): Command {
  return new Command('clear')
    .summary('end the faults of a host, or all')
    .argument('[host]')
    .action((host: string | undefined, _options: object, self: Command) =>
      call(self, 'DELETE', host === undefined ? SIMULATOR_PATHS.faults : at(SIMULATOR_PATHS.hostFaults, { host })),
    )
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw usageError(`${text} is no whole number.`)
  return Number(text)
}

function pair(text: string): [string, string] {
  const split = text.indexOf('=')
  if (split < 1) throw usageError(`--fact wants name=value; this is ${text}.`)
  return [text.slice(0, split), text.slice(split + 1)]
}
