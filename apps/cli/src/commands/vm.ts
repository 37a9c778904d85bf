import { Command } from 'commander'
import { examples } from './context.ts'
import { vmAdoptCommand } from './vm-adopt.ts'
import { vmDeleteCommand, vmPurgeCommand, vmRestoreCommand } from './vm-bin.ts'
import { vmCloneCommand } from './vm-clone.ts'
import { vmConsoleCommand } from './vm-console.ts'
import { vmCreateCommand } from './vm-create.ts'
import { vmEjectCommand, vmInsertCommand } from './vm-disc.ts'
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
import { vmPackCommand } from './vm-pack.ts'
import { vmCdCommand, vmDiskCommand, vmNicCommand } from './vm-parts.ts'
import { vmSetCommand } from './vm-set.ts'
import { vmSuspendCommand } from './vm-suspend.ts'
import { vmListCommand, vmShowCommand } from './vm-view.ts'

export function vmCommand(): Command {
  const vm = new Command('vm').description('Create, start, stop and look at VMs.')
  for (const command of [vmCreateCommand(), vmListCommand(), vmShowCommand()]) vm.addCommand(command)
  for (const command of [vmStartCommand(), vmStopCommand(), vmPauseCommand(), vmResumeCommand()]) vm.addCommand(command)
  for (const command of [vmSuspendCommand(), vmHibernateCommand(), vmDiscardCommand()]) vm.addCommand(command)
  for (const command of [vmRebootCommand(), vmResetCommand(), vmSetCommand()]) vm.addCommand(command)
  for (const command of [vmDiskCommand(), vmNicCommand(), vmCdCommand()]) vm.addCommand(command)
  for (const command of [vmInsertCommand(), vmEjectCommand()]) vm.addCommand(command)
  for (const command of [vmHistoryCommand(), vmRevertCommand()]) vm.addCommand(command)
  for (const command of [vmPackCommand(), vmAdoptCommand()]) vm.addCommand(command)
  for (const command of [vmCloneCommand(), vmConsoleCommand(), vmDeleteCommand(), vmRestoreCommand(), vmPurgeCommand()])
    vm.addCommand(command)
  return examples(vm, [
    'viv vm create web --image micro --start',
    'viv vm list',
    'viv vm stop web',
    'viv vm delete web',
  ])
}
