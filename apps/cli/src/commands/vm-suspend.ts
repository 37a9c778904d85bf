import { Command } from 'commander'
import { changeOptions } from './change.ts'
import { contextOf, examples } from './context.ts'
import { parseCount } from './sizes.ts'
import { act, inputOf, type WaitOption } from './vm-act.ts'

interface SuspendOptions extends WaitOption {
  readonly timeout?: number
}

export function vmSuspendCommand(): Command {
  const command = changeOptions(
    new Command('suspend')
      .summary('let guests sleep, asked through their guest agents')
      .argument('<name...>', 'names or ids')
      .option('--timeout <seconds>', 'how long the guest may take', (text) => parseCount(text, '--timeout'))
      .option('--no-wait', 'do not wait until they sleep'),
  ).action((words: string[], options: SuspendOptions, self: Command) => {
    const body = options.timeout === undefined ? {} : { timeoutSeconds: options.timeout }
    return act(contextOf(self), words, options, 'sleeps', {
      begin: (client, vm) => client.vmSuspend({ ...inputOf(vm, options), body }),
      plan: (client, vm) => client.plan.vmSuspend({ ...inputOf(vm, options), body }),
    })
  })
  return examples(command, ['viv vm suspend web', 'viv vm resume web'])
}
