import type { Task, Vm } from '@viv/api'
import type { Client } from '@viv/client'
import { Command } from 'commander'
import { askYes, canAsk } from '../output/ask.ts'
import { CliError, usageError } from '../output/errors.ts'
import { type Context, connectTo, contextOf, examples } from './context.ts'
import { find } from './find.ts'
import { parseCount } from './sizes.ts'
import { vmConsoleCommand } from './vm-console.ts'
import { vmCreateCommand } from './vm-create.ts'
import { vmListCommand, vmShowCommand } from './vm-view.ts'
import { throwAll, waitForTasks } from './wait.ts'

export function vmCommand(): Command {
  const vm = new Command('vm').description('Create, start, stop and look at VMs.')
  for (const command of [vmCreateCommand(), vmListCommand(), vmShowCommand(), startCommand(), stopCommand()]) {
    vm.addCommand(command)
  }
  for (const command of [resetCommand(), setCommand(), vmConsoleCommand(), deleteCommand()]) vm.addCommand(command)
  return examples(vm, [
    'viv vm create web --image micro --start',
    'viv vm list',
    'viv vm stop web',
    'viv vm delete web',
  ])
}

interface WaitOption {
  readonly wait: boolean
}

function startCommand(): Command {
  const command = new Command('start')
    .summary('start VMs')
    .argument('<name...>', 'names or ids')
    .option('--no-wait', 'do not wait until they run')
    .action((words: string[], { wait }: WaitOption, self: Command) =>
      act(contextOf(self), words, wait, 'is running', (client, vm) => client.vmStart({ params: { vmId: vm.id } })),
    )
  return examples(command, ['viv vm start web', 'viv vm start web db --no-wait'])
}

interface StopOptions extends WaitOption {
  readonly force?: boolean
  readonly timeout?: number
}

function stopCommand(): Command {
  const command = new Command('stop')
    .summary('shut VMs down, or end them by force')
    .argument('<name...>', 'names or ids')
    .option('--force', 'end it at once, as pulling the plug would; what the guest had not written is lost')
    .option('--timeout <seconds>', 'how long the guest may take to shut down', (text) => parseCount(text, '--timeout'))
    .option('--no-wait', 'do not wait until they have stopped')
    .action((words: string[], { force, timeout, wait }: StopOptions, self: Command) => {
      const mode = force === true ? ('force' as const) : ('safe' as const)
      const body = { mode, ...(timeout === undefined ? {} : { timeoutSeconds: timeout }) }
      return act(contextOf(self), words, wait, 'is stopped', (client, vm) =>
        client.vmStop({ params: { vmId: vm.id }, body }),
      )
    })
  return examples(command, ['viv vm stop web', 'viv vm stop web --timeout 300', 'viv vm stop web --force'])
}

function resetCommand(): Command {
  const command = new Command('reset')
    .summary('press the reset button of VMs')
    .argument('<name...>', 'names or ids')
    .option('--no-wait', 'do not wait until it is done')
    .action((words: string[], { wait }: WaitOption, self: Command) =>
      act(contextOf(self), words, wait, 'was reset', (client, vm) => client.vmReset({ params: { vmId: vm.id } })),
    )
  return examples(command, ['viv vm reset web'])
}

interface DeleteOptions extends WaitOption {
  readonly yes?: boolean
}

function deleteCommand(): Command {
  const command = new Command('delete')
    .summary('delete stopped VMs with their disks')
    .argument('<name...>', 'names or ids')
    .option('-y, --yes', 'do not ask')
    .option('--no-wait', 'do not wait until they are gone')
    .action(async (words: string[], { yes, wait }: DeleteOptions, self: Command) => {
      if (yes !== true) await confirmDelete(words)
      const begin = (client: Client, vm: Vm) => client.vmDelete({ params: { vmId: vm.id } })
      await act(contextOf(self), words, wait, 'is deleted', begin)
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

/** Begins the same work on each VM, then waits for all. An unknown name stops it before anything began. */
async function act(
  context: Context,
  words: readonly string[],
  isWaited: boolean,
  outcome: string,
  begin: (client: Client, vm: Vm) => Promise<Task>,
): Promise<void> {
  const { terminal } = context
  const { client } = await connectTo(context)
  const { items } = await client.vmList()
  const vms = new Set(words.map((word) => find('VM', word, items)))
  const begun: Task[] = []
  const failures: unknown[] = []
  for (const vm of vms) {
    try {
      begun.push(await begin(client, vm))
    } catch (error) {
      failures.push(error)
    }
  }
  const waited = isWaited ? await waitForTasks(terminal, client, begun) : { ended: begun, failures: [] }
  const tasks = waited.ended
  const line = ({ id, target }: Task) =>
    isWaited ? `VM "${target.name}" ${outcome}.` : `"${target.name}": task ${id}. Wait for it: viv task wait ${id}`
  if (tasks.length > 0) terminal.result(vms.size === 1 ? tasks[0] : { items: tasks }, () => tasks.map(line))
  throwAll([...failures, ...waited.failures])
}

interface SetOptions {
  readonly name?: string
  readonly notes?: string
}

function setCommand(): Command {
  const command = new Command('set')
    .summary('rename a VM or change its notes')
    .argument('<name>', 'name or id')
    .option('--name <name>', 'its new name')
    .option('--notes <text>', 'its new notes')
    .action(async (word: string, { name, notes }: SetOptions, self: Command) => {
      if (name === undefined && notes === undefined) throw usageError('Say what to change: --name or --notes.')
      const context = contextOf(self)
      const { client } = await connectTo(context)
      const { id, revision } = find('VM', word, (await client.vmList()).items)
      const body = { ...(name === undefined ? {} : { name }), ...(notes === undefined ? {} : { notes }) }
      const vm = await client.vmUpdate({ params: { vmId: id }, ifMatch: revision, body })
      context.terminal.result(vm, () => [`VM "${vm.name}" is changed.`])
    })
  return examples(command, ['viv vm set web --name www', 'viv vm set www --notes "the shop\'s front end"'])
}
