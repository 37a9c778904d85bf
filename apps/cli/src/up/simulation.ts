import { existsSync } from 'node:fs'
import type { Folders } from '@viv/common'
import { CliError } from '../output/errors.ts'

/** As the command line has them; the daemons check the numbers. */
export interface SimulationOptions {
  readonly root?: string
  readonly simulate?: string
  readonly vms?: string
  readonly changesPerSecond?: string
  readonly seed?: string
}

/** What each daemon of a simulated platform is told, and what is said to the person at the terminal. */
export interface Simulation {
  readonly simulatorArgs: readonly string[]
  readonly managerArgs: readonly string[]
  readonly words: string
}

export const SIMULATION_ENDED =
  'Vivarium has stopped. Its hosts and VMs were simulated; the next start goes on with them.'

/** A root is one or the other for good: real daemons on a simulated one would leave both broken. */
export function refuseMixed(folders: Folders, simulation: Simulation | undefined): void {
  const isSimulated = existsSync(`${folders.simulatorData}/world`)
  const isReal = existsSync(`${folders.agentData}/host.json`)
  if (simulation === undefined && isSimulated)
    throw new CliError(
      'refused',
      `${folders.data} holds a simulated platform: start it with --simulate, or name another --root.`,
    )
  if (simulation !== undefined && isReal)
    throw new CliError(
      'refused',
      `${folders.data} is a real installation's: name another --root for a simulated platform.`,
    )
}

export function simulationOf(options: SimulationOptions): Simulation | undefined {
  const { root, simulate: hosts, vms = '0', changesPerSecond, seed } = options
  if (hosts === undefined) {
    const alone = (['vms', 'changesPerSecond', 'seed'] as const).find((name) => options[name] !== undefined)
    if (alone === undefined) return undefined
    throw new CliError('usage', '--vms, --changes-per-second and --seed go with --simulate HOSTS.')
  }
  if (root === undefined) {
    throw new CliError('usage', "A simulated platform needs a folder of its own, never the machine's installation.", [
      `Try: viv up --simulate ${hosts} --vms ${vms} --root DIR`,
    ])
  }
  return {
    simulatorArgs: [
      ...['--hosts', hosts, '--vms', vms],
      ...(changesPerSecond === undefined ? [] : ['--changes-per-second', changesPerSecond]),
      ...(seed === undefined ? [] : ['--seed', seed]),
    ],
    managerArgs: ['--simulate', hosts, '--vms', vms],
    words: `SIMULATED: ${hosts} hosts and ${vms} VMs that are not there. Ctrl-C stops it.`,
  }
}
