import type { Plan, Task } from '@viv/api'
import type { Client } from '@viv/client'
import { Command } from 'commander'
import { changeOptions } from './change.ts'
import { contextOf, examples } from './context.ts'
import { parseCount } from './sizes.ts'
import { act, inputOf, type TaskInput, type WaitOption } from './vm-act.ts'

/** A call that takes nothing but the VM. */
interface PlainCalls {
  readonly begin: (client: Client, input: TaskInput) => Promise<Task>
  readonly plan: (client: Client, input: TaskInput) => Promise<Plan>
}

function plainCommand(
  verb: string,
  summary: string,
  noWait: string,
  words: readonly string[],
  outcome: string,
  { begin, plan }: PlainCalls,
): Command {
  const command = changeOptions(
    new Command(verb).summary(summary).argument('<name...>', 'names or ids').option('--no-wait', noWait),
  ).action((names: string[], options: WaitOption, self: Command) =>
    act(contextOf(self), names, options, outcome, {
      begin: (client, vm) => begin(client, inputOf(vm, options)),
      plan: (client, vm) => plan(client, inputOf(vm, options)),
    }),
  )
  return examples(command, words)
}

export const vmStartCommand = (): Command =>
  plainCommand(
    'start',
    'start VMs, or wake those that are hibernated',
    'do not wait until they run',
    ['viv vm start web', 'viv vm start web db --no-wait'],
    'is running',
    {
      begin: (client, input) => client.vmStart(input),
      plan: (client, input) => client.plan.vmStart(input),
    },
  )

export const vmPauseCommand = (): Command =>
  plainCommand(
    'pause',
    'let VMs stand still',
    'do not wait until they stand still',
    ['viv vm pause web', 'viv vm resume web'],
    'is paused',
    {
      begin: (client, input) => client.vmPause(input),
      plan: (client, input) => client.plan.vmPause(input),
    },
  )

export const vmResumeCommand = (): Command =>
  plainCommand('resume', 'let paused VMs go on', 'do not wait until they go on', ['viv vm resume web'], 'goes on', {
    begin: (client, input) => client.vmResume(input),
    plan: (client, input) => client.plan.vmResume(input),
  })

export const vmHibernateCommand = (): Command =>
  plainCommand(
    'hibernate',
    'save the memory of VMs and end their processes',
    'do not wait until they are saved',
    ['viv vm hibernate web', 'viv vm start web'],
    'is hibernated',
    {
      begin: (client, input) => client.vmHibernate(input),
      plan: (client, input) => client.plan.vmHibernate(input),
    },
  )

export const vmDiscardCommand = (): Command =>
  plainCommand(
    'discard',
    'give up the saved memory of hibernated VMs',
    'do not wait until it is gone',
    ['viv vm discard web'],
    'is stopped',
    {
      begin: (client, input) => client.vmDiscard(input),
      plan: (client, input) => client.plan.vmDiscard(input),
    },
  )

export const vmResetCommand = (): Command =>
  plainCommand(
    'reset',
    'press the reset button of VMs',
    'do not wait until it is done',
    ['viv vm reset web'],
    'was reset',
    {
      begin: (client, input) => client.vmReset(input),
      plan: (client, input) => client.plan.vmReset(input),
    },
  )

interface StopOptions extends WaitOption {
  readonly force?: boolean
  readonly timeout?: number
}

function modeOf({ force, timeout }: StopOptions) {
  const mode = force === true ? ('force' as const) : ('safe' as const)
  return { mode, ...(timeout === undefined ? {} : { timeoutSeconds: timeout }) }
}

export function vmStopCommand(): Command {
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
    const body = modeOf(options)
    return act(contextOf(self), words, options, 'is stopped', {
      begin: (client, vm) => client.vmStop({ ...inputOf(vm, options), body }),
      plan: (client, vm) => client.plan.vmStop({ ...inputOf(vm, options), body }),
    })
  })
  return examples(command, ['viv vm stop web', 'viv vm stop web --timeout 300', 'viv vm stop web --force'])
}

export function vmRebootCommand(): Command {
  const command = changeOptions(
    new Command('reboot')
      .summary('reboot VMs through their guest agents, or by force')
      .argument('<name...>', 'names or ids')
      .option('--force', 'press the reset button; what the guest had not written is lost')
      .option('--timeout <seconds>', 'how long the guest may take to reboot', (text) => parseCount(text, '--timeout'))
      .option('--no-wait', 'do not wait until they reboot'),
  ).action((words: string[], options: StopOptions, self: Command) =>
    act(contextOf(self), words, options, 'reboots', {
      begin: (client, vm) => client.vmReboot({ ...inputOf(vm, options), body: modeOf(options) }),
      plan: (client, vm) => client.plan.vmReboot({ ...inputOf(vm, options), body: modeOf(options) }),
    }),
  )
  return examples(command, ['viv vm reboot web', 'viv vm reboot web --timeout 300', 'viv vm reboot web --force'])
}
