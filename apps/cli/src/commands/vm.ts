import { Command } from 'commander'
import { askYes, canAsk } from '../output/ask.ts'
import { CliError, usageError } from '../output/errors.ts'
import { changeOptions } from './change.ts'
import { contextOf, examples } from './context.ts'
import { act, inputOf, type WaitOption } from './vm-act.ts'
import { vmConsoleCommand } from './vm-console.ts'
import { vmCreateCommand } from './vm-create.ts'
import { vmHistoryCommand, vmRevertCommand } from './vm-history.ts'
import {
  vmDiscardCommand,
  vmHibernateCommand,
  vmPauseCommand,
  vmRebootCommand,
  vmResetCommand,
  vmResumeCommand,
  vmStartCommand,
  vmStopCommand,
} from './vm-power.ts'
import { vmSetCommand } from './vm-set.ts'
import { vmListCommand, vmShowCommand } from './vm-view.ts'

export function vmCommand(): Command {
  const vm = new Command('vm').description('Create, start, stop and look at VMs.')
  for (const command of [vmCreateCommand(), vmListCommand(), vmShowCommand()]) vm.addCommand(command)
  for (const command of [vmStartCommand(), vmStopCommand(), vmPauseCommand(), vmResumeCommand()]) vm.addCommand(command)
  for (const command of [vmHibernateCommand(), vmDiscardCommand()]) vm.addCommand(command)
  for (const command of [vmRebootCommand(), vmResetCommand(), vmSetCommand()]) vm.addCommand(command)
  for (const command of [vmHistoryCommand(), vmRevertCommand()]) vm.addCommand(command)
  for (const command of [vmConsoleCommand(), deleteCommand()]) vm.addCommand(command)
  return examples(vm, [
    'viv vm create web --image micro --start',
    'viv vm list',
    'viv vm stop web',
    'viv vm delete web',
  ])
}

interface DeleteOptions extends WaitOption {
  readonly yes?: boolean
}

function deleteCommand(): Command {
  const command = changeOptions(
    new Command('delete')
      .summary('delete stopped VMs with their disks')
      .argument('<name...>', 'names or ids')
      .option('-y, --yes', 'do not ask')
      .option('--no-wait', 'do not wait until they are gone'),
  ).action(async (words: string[], options: DeleteOptions, self: Command) => {
    if (options.yes !== true && options.plan !== true) await confirmDelete(words)
    await act(contextOf(self), words, options, 'is deleted', {
      begin: (client, vm) => client.vmDelete(inputOf(vm, options)),
      plan: (client, vm) => client.plan.vmDelete(inputOf(vm, options)),
    })
  })
  return examples(command, ['viv vm delete web', 'viv vm delete web db --yes'])
}

async function confirmDelete(words: readonly string[]): Promise<void> {
  if (!canAsk()) throw usageError('There is nobody to ask whether to delete. Say --yes.')
  const what = words.map((word) => `"${word}"`).join(', ')
  if (!(await askYes(`Delete ${what} with all disks? This can't be undone.`))) {
    throw new CliError('refused', 'Nothing was deleted.')
  }
}
