import type { Vm, VmUpdate } from '@viv/api'
import { AUTOSTART_LIMITS } from '@viv/common'
import { type Command, Option } from 'commander'
import { formatAge } from '../output/units.ts'
import { usageError } from '../output/errors.ts'

export interface AutostartOptions {
  readonly autostart?: boolean
  readonly autostartOrder?: number
  readonly autostartDelay?: number
}

export function autostartOptions(command: Command): Command {
  const { order, delaySeconds } = AUTOSTART_LIMITS
  return command
    .option('--autostart', 'start it with its host')
    .addOption(new Option('--no-autostart', 'do not'))
    .option('--autostart-order <number>', `0 to ${order}; the lowest starts first`, (text) =>
      parseWithin(text, '--autostart-order', order),
    )
    .option('--autostart-delay <seconds>', 'how long the next one waits after it was started', (text) =>
      parseWithin(text, '--autostart-delay', delaySeconds),
    )
}

function parseWithin(text: string, option: string, most: number): number {
  const number = Number(text)
  if (!/^\d+$/.test(text) || number > most) throw usageError(`${option} ${text} is no whole number from 0 to ${most}.`)
  return number
}

/** Nothing where nothing was said about it. */
export function autostartOf({
  autostart,
  autostartOrder,
  autostartDelay,
}: AutostartOptions): Pick<VmUpdate, 'autostart'> {
  const change = {
    ...(autostart === undefined ? {} : { enabled: autostart }),
    ...(autostartOrder === undefined ? {} : { order: autostartOrder }),
    ...(autostartDelay === undefined ? {} : { delaySeconds: autostartDelay }),
  }
  return Object.keys(change).length === 0 ? {} : { autostart: change }
}

/** What waits for its host to hear of it, not for a restart of the VM. */
export const isHostPending = (path: string): boolean => path === 'autostart' || path === 'crashPolicy'

const isAutostartPending = ({ pending = [] }: Vm): boolean => pending.some(({ path }) => path === 'autostart')

export function autostartText(vm: Vm, now: number): string {
  const { autostart, startsInTurn, autostartFailure } = vm
  const turn = `yes, order ${autostart.order}${autostart.delaySeconds === 0 ? '' : `, ${autostart.delaySeconds} s before the next`}`
  const failure =
    autostartFailure && `not started ${formatAge(autostartFailure.at, now)} ago: ${autostartFailure.message}`
  return [
    autostart.enabled ? turn : 'no',
    isAutostartPending(vm) ? 'its host does not know that yet' : undefined,
    startsInTurn === true ? 'it waits for its turn now' : undefined,
    failure,
  ]
    .filter((line) => line !== undefined)
    .join('\n')
}
