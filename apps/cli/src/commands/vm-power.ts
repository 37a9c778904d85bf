import { Command } from 'commander'
import { changeOptions } from './change.ts'
import { contextOf, examples } from './context.ts'
import { parseCount } from './sizes.ts'
import { act, inputOf, type WaitOption } from './vm-act.ts'

export function vmStartCommand(): Command {
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

export function vmPauseCommand(): Command {
  const command = changeOptions(
    new Command('pause')
      .summary('let VMs stand still')
      .argument('<name...>', 'names or ids')
      .option('--no-wait', 'do not wait until they stand still'),
  ).action((words: string[], options: WaitOption, self: Command) =>
    act(contextOf(self), words, options, 'is paused', {
      begin: (client, vm) => client.vmPause(inputOf(vm, options)),
      plan: (client, vm) => client.plan.vmPause(inputOf(vm, options)),
    }),
  )
  return examples(command, ['viv vm pause web', 'viv vm resume web'])
}

export function vmResumeCommand(): Command {
  const command = changeOptions(
    new Command('resume')
      .summary('let paused VMs go on')
      .argument('<name...>', 'names or ids')
      .option('--no-wait', 'do not wait until they go on'),
  ).action((words: string[], options: WaitOption, self: Command) =>
    act(contextOf(self), words, options, 'goes on', {
      begin: (client, vm) => client.vmResume(inputOf(vm, options)),
      plan: (client, vm) => client.plan.vmResume(inputOf(vm, options)),
    }),
  )
  return examples(command, ['viv vm resume web'])
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

export function vmResetCommand(): Command {
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
