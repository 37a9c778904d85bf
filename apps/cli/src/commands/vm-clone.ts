import type { VmClone } from '@viv/api'
import type { PortForward } from '@viv/common'
import { Command } from 'commander'
import { type ChangeOptions, changeOptions, showPlans, whyQuery } from './change.ts'
import { connectTo, contextOf, examples } from './context.ts'
import { parseForward } from './forwards.ts'
import { lookUpVm } from './look-up.ts'
import { machineBody, machineOptions, type MachineOptions } from './machine-options.ts'
import { parseCount, parseMib } from './sizes.ts'
import { eachOf } from './vm-create.ts'
import { tagsIn } from './vm-set.ts'
import { waitForTask } from './wait.ts'

interface CloneOptions extends ChangeOptions, MachineOptions {
  readonly notes?: string
  readonly tags?: string
  readonly cpus?: number
  readonly memory?: number
  readonly forward?: readonly PortForward[]
  readonly start?: boolean
  readonly wait: boolean
  readonly idempotencyKey?: string
}

export function vmCloneCommand(): Command {
  const command = machineOptions(changeOptions(new Command('clone')))
    .summary('make a new VM with a full copy of every disk of a stopped one')
    .argument('<name>', 'name or id of the VM that is copied')
    .argument('<new-name>', 'letters, digits, dots and dashes; at most 63')
    .option('--cpus <count>', 'virtual CPUs; as many as the other if not said', (text) => parseCount(text, '--cpus'))
    .option('--memory <size>', 'as 512M or 2G; as much as the other if not said', (text) => parseMib(text, '--memory'))
    .option('--forward <forward>', '[tcp:|udp:][any:]HOSTPORT:GUESTPORT; repeatable', eachOf(parseForward))
    .option('--notes <text>', 'for people; those of the other if not said')
    .option('--tags <tags>', 'to find it by; several with commas; those of the other if not said')
    .option('--start', 'start it once it is made')
    .option('--no-wait', 'do not wait until it is made')
    .option('--idempotency-key <key>', 'makes the same command safe to repeat')
    .action(clone)
  return examples(command, [
    'viv vm clone web web-2 --plan',
    'viv vm clone web web-2 --forward 2223:22 --start',
    '',
    'What is not said of its machine is as the other has it.',
    'The copy stands alone. Ports that are forwarded to the other stay with it.',
  ])
}

async function clone(word: string, name: string, options: CloneOptions, self: Command): Promise<void> {
  const context = contextOf(self)
  const { terminal } = context
  const { client } = await connectTo(context)
  const { id } = await lookUpVm(client, word)
  const input = { params: { vmId: id }, body: bodyOf(name, options), query: whyQuery(options) }
  if (options.plan === true) return showPlans(terminal, [await client.plan.vmClone(input)])
  const { idempotencyKey } = options
  const begun = await client.vmClone({ ...input, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) })
  if (!options.wait) {
    terminal.result(begun, () => [`VM "${name}" is being made: task ${begun.id}. Wait: viv task wait ${begun.id}`])
    return
  }
  const task = await waitForTask(terminal, client, begun)
  terminal.result(task, () => [options.start === true ? `VM "${name}" is running.` : `VM "${name}" is made.`])
}

function bodyOf(name: string, options: CloneOptions): VmClone {
  const { notes, tags, cpus, memory, forward, start } = options
  return {
    ...machineBody(options),
    name,
    ...(notes === undefined ? {} : { notes }),
    ...(tags === undefined ? {} : { tags: tagsIn(tags) }),
    ...(cpus === undefined ? {} : { cpus }),
    ...(memory === undefined ? {} : { memoryMib: memory }),
    ...(forward === undefined ? {} : { forwards: [...forward] }),
    ...(start === true ? { start } : {}),
  }
}
