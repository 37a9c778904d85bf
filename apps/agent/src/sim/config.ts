import { parseArgs } from 'node:util'
import { FLEET_LIMITS, foldersOf } from '@viv/common'
import { MAX_CHANGES_PER_SECOND } from './random-changes.ts'
import type { SimulatorOptions } from './simulator.ts'

export type SimulatorConfig = Omit<SimulatorOptions, 'log'>

export function readConfig(args: readonly string[]): SimulatorConfig {
  const { values } = parseArgs({
    args: [...args],
    options: {
      root: { type: 'string' },
      hosts: { type: 'string' },
      vms: { type: 'string' },
      'changes-per-second': { type: 'string' },
      seed: { type: 'string' },
      'manager-gid': { type: 'string' },
    },
  })
  // The machine's own installation is never a simulated one.
  if (values.root === undefined) throw new Error('a simulated platform needs a folder of its own: --root DIR')
  const number = (name: Exclude<keyof typeof values, 'root'>, least: number, most: number, otherwise?: number) => {
    const value = values[name] === undefined ? otherwise : Number(values[name])
    if (value === undefined || !Number.isInteger(value) || value < least || value > most)
      throw new Error(`--${name} wants a whole number from ${least} to ${most}, not ${values[name]}`)
    return value
  }
  return Object.freeze({
    folders: foldersOf(values.root),
    size: { hosts: number('hosts', 1, FLEET_LIMITS.hosts), vms: number('vms', 0, FLEET_LIMITS.vms, 0) },
    changesPerSecond: number('changes-per-second', 0, MAX_CHANGES_PER_SECOND, 0),
    seed: number('seed', 0, 2 ** 32 - 1, 1),
    managerGid: values['manager-gid'] === undefined ? undefined : number('manager-gid', 0, 2 ** 32 - 2),
  })
}
