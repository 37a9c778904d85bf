import type { Plan, Task, Vm } from '@viv/api'
import type { Client } from '@viv/client'
import { Command } from 'commander'
import { askYes, canAsk } from '../output/ask.ts'
import { CliError, usageError } from '../output/errors.ts'
import { type ChangeOptions, changeOptions, showPlans, whyQuery } from './change.ts'
import { type Context, connectTo, contextOf, examples } from './context.ts'
import { lookUp } from './look-up.ts'
import { parseCount } from './sizes.ts'
import { vmConsoleCommand } from './vm-console.ts'
import { vmCreateCommand } from './vm-create.ts'
import { vmHistoryCommand, vmRevertCommand } from './vm-history.ts'
import { vmSetCommand } from './vm-set.ts'
import { vmListCommand, vmShowCommand } from './vm-view.ts'
import { throwAll, waitForTasks } from './wait.ts'

export function vmCommand(): Command {
  const vm = new Command('vm').description('Create, start, stop and look at VMs.')
  for (const command of [vmCreateCommand(), vmListCommand(), vmShowCommand(), startCommand(), stopCommand()]) {
    vm.addCommand(command)
  }
  for (const command of [revmSetCommand(), vmSetCommand(), vmHistoryCommand(), vmRevertCommand()])
    vm.addCommand(command)
  for (const command of [vmConsoleCommand(), deleteCommand()]) vm.addCommand(command)
  return examples(vm, [
    'viv vm create web --image micro --start',
    'viv vm list',
    'viv vm stop web',
    'viv vm delete web',
  ])
}

interface WaitOption extends ChangeOptions {
  readonly wait: boolean
}

/** The same call, carried out or only planned. */
interface Work {
  readonly begin: (client: Client, vm: Vm) => Promise<Task>
  readonly plan: (client: Client, vm: Vm) => Promise<Plan>
}

type TaskInput = { readonly params: { readonly vmId: string }; readonly query: { why?: string } }

const inputOf = ({ id }: Vm, options: ChangeOptions): TaskInput => ({ params: { vmId: id }, query: whyQuery(options) })

function startCommand(): Command {
  const command = changeOptions(
    new Command('start')
      .summary('start VMs')
      .argument('<name...>', 'names or ids')
      .option('--no-wait', 'do not wait until they run'),
  ).action((words: string[], options: WaitOption, self: Command) =>
    act(contextOf(self), words, options, 'is running', {
      begin: (client, vm) => client.vmStart(inputOf(vm, options)),
      plan: (client, vm) => client.plan.vmStart(inputOf(vm, options)),
    }),
  )
  return examples(command, ['viv vm start web', 'viv vm start web db --no-wait'])
}

interface StopOptions extends WaitOption {
  readonly force?: boolean
  readonly timeout?: number
}

function stopCommand(): Command {
  const command = changeOptions(
    new Command('stop')
      .summary('shut VMs down, or end them by force')
      .argument('<name...>', 'names or ids')
      .option('--force', 'end it at once, as pulling the plug would; what the guest had not written is lost')
      .option('--timeout <seconds>', 'how long the guest may take to shut down', (text) =>
        parseCount(text, '--timeout'),
      )
      .option('--no-wait', 'do not wait until they have stopped'),
  ).action((words: string[], options: StopOptions, self: Command) => {
    const { force, timeout } = options
    const mode = force === true ? ('force' as const) : ('safe' as const)
    const body = { mode, ...(timeout === undefined ? {} : { timeoutSeconds: timeout }) }
    return act(contextOf(self), words, options, 'is stopped', {
      begin: (client, vm) => client.vmStop({ ...inputOf(vm, options), body }),
      plan: (client, vm) => client.plan.vmStop({ ...inputOf(vm, options), body }),
    })
  })
  return examples(command, ['viv vm stop web', 'viv vm stop web --timeout 300', 'viv vm stop web --force'])
}

function revmSetCommand(): Command {
  const command = changeOptions(
    new Command('reset')
      .summary('press the reset button of VMs')
      .argument('<name...>', 'names or ids')
      .option('--no-wait', 'do not wait until it is done'),
  ).action((words: string[], options: WaitOption, self: Command) =>
    act(contextOf(self), words, options, 'was reset', {
      begin: (client, vm) => client.vmReset(inputOf(vm, options)),
      plan: (client, vm) => client.plan.vmReset(inputOf(vm, options)),
    }),
  )
  return examples(command, ['viv vm reset web'])
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

/** Begins the same work on each VM, then waits for all. An unknown name stops it before anything began. */
async function act(
  context: Context,
  words: readonly string[],
  { wait: isWaited, plan: isPlan }: WaitOption,
  outcome: string,
  { begin, plan }: Work,
): Promise<void> {
  const { terminal } = context
  const { client } = await connectTo(context)
  const named = await Promise.all(words.map((word) => lookUp('VM', word, client.vmList)))
  const vms = [...new Map(named.map((vm) => [vm.id, vm])).values()]
  if (isPlan === true) return showPlans(terminal, await Promise.all(vms.map((vm) => plan(client, vm))))
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
  if (tasks.length > 0) terminal.result(vms.length === 1 ? tasks[0] : { items: tasks }, () => tasks.map(line))
  throwAll([...failures, ...waited.failures])
}
