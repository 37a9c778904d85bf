import { HOLD_HOURS } from '@viv/common'
import { Command } from 'commander'
import { askYes, canAsk } from '../output/ask.ts'
import { CliError, usageError } from '../output/errors.ts'
import { changeOptions } from './change.ts'
import { contextOf, examples } from './context.ts'
import { act, inputOf, type WaitOption } from './vm-act.ts'

interface PurgeOptions extends WaitOption {
  readonly yes?: boolean
}

interface DeleteOptions extends PurgeOptions {
  readonly purge?: boolean
  readonly holdHours?: string
}

/** Into the recycle bin nobody is asked; what can't be taken back is. */
export function vmDeleteCommand(): Command {
  const command = changeOptions(
    new Command('delete')
      .summary('move stopped VMs into the recycle bin, or delete them with their disks')
      .argument('<name...>', 'names or ids')
      .option('--purge', "delete them at once; this can't be undone")
      .option(
        '--hold-hours <hours>',
        `how long they can be restored, up to ${HOLD_HOURS.most}`,
        String(HOLD_HOURS.usual),
      )
      .option('-y, --yes', 'do not ask')
      .option('--no-wait', 'do not wait until it is done'),
  ).action(async (words: string[], options: DeleteOptions, self: Command) => {
    const { purge, holdHours = '' } = options
    if (!/^\d{1,3}$/.test(holdHours) || Number(holdHours) > HOLD_HOURS.most)
      throw usageError(`--hold-hours wants 0 to ${HOLD_HOURS.most}, not "${holdHours}".`)
    const isPurged = purge === true || Number(holdHours) === 0
    if (isPurged) await confirmPurge(words, options)
    const query = isPurged ? { purge: 'true' as const } : { holdHours: String(Number(holdHours)) }
    const outcome = isPurged ? 'is deleted' : `is in the recycle bin for ${Number(holdHours)} hours`
    await act(contextOf(self), words, options, outcome, {
      begin: (client, vm) => client.vmDelete(withQuery(inputOf(vm, options), query)),
      plan: (client, vm) => client.plan.vmDelete(withQuery(inputOf(vm, options), query)),
    })
  })
  return examples(command, [
    'viv vm delete web',
    'viv vm restore web',
    'viv vm delete web db --purge --yes',
    'viv vm list --state recycled',
  ])
}

const withQuery = <I extends { readonly query: object }, Q extends object>(input: I, query: Q) => ({
  ...input,
  query: { ...input.query, ...query },
})

export function vmRestoreCommand(): Command {
  const command = changeOptions(
    new Command('restore')
      .summary('take VMs out of the recycle bin')
      .argument('<name...>', 'names or ids')
      .option('--no-wait', 'do not wait until it is done'),
  ).action((words: string[], options: WaitOption, self: Command) =>
    act(contextOf(self), words, options, 'is restored', {
      begin: (client, vm) => client.vmRestore(inputOf(vm, options)),
      plan: (client, vm) => client.plan.vmRestore(inputOf(vm, options)),
    }),
  )
  return examples(command, ['viv vm restore web', 'viv vm list --state recycled'])
}

export function vmPurgeCommand(): Command {
  const command = changeOptions(
    new Command('purge')
      .summary('delete VMs with their disks at once, in the recycle bin or not')
      .argument('<name...>', 'names or ids')
      .option('-y, --yes', 'do not ask')
      .option('--no-wait', 'do not wait until they are gone'),
  ).action(async (words: string[], options: PurgeOptions, self: Command) => {
    await confirmPurge(words, options)
    await act(contextOf(self), words, options, 'is deleted', {
      begin: (client, vm) => client.vmPurge(inputOf(vm, options)),
      plan: (client, vm) => client.plan.vmPurge(inputOf(vm, options)),
    })
  })
  return examples(command, ['viv vm purge web', 'viv vm purge web db --yes'])
}

async function confirmPurge(words: readonly string[], { yes, plan }: PurgeOptions): Promise<void> {
  if (yes === true || plan === true) return
  if (!canAsk()) throw usageError('There is nobody to ask whether to delete. Say --yes.')
  const what = words.map((word) => `"${word}"`).join(', ')
  if (!(await askYes(`Delete ${what} with all disks? This can't be undone.`))) {
    throw new CliError('refused', 'Nothing was deleted.')
  }
}
