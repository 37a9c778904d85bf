import type { Vm, VmUpdate } from '@viv/api'
import { Command } from 'commander'
import { usageError } from '../output/errors.ts'
import { type ChangeOptions, changeOptions, showPlans, whyQuery } from './change.ts'
import { connectTo, contextOf, examples } from './context.ts'
import { type AutostartOptions, autostartOf, autostartOptions, isHostPending } from './vm-autostart.ts'
import { type CrashPolicyOptions, crashPolicyOf, crashPolicyOptions } from './vm-crash-policy.ts'
import { lookUpVm } from './look-up.ts'
import { MACHINE_WORDS, machineBody, machineOptions, type MachineOptions } from './machine-options.ts'
import { parseCount, parseMib } from './sizes.ts'

interface SetOptions extends ChangeOptions, AutostartOptions, CrashPolicyOptions, MachineOptions {
  readonly name?: string
  readonly notes?: string
  readonly tags?: string
  readonly cpus?: number
  readonly memory?: number
}

export function vmSetCommand(): Command {
  const command = machineOptions(
    changeOptions(new Command('set'))
      .summary('change a VM: name, notes, tags, virtual hardware, or start with its host')
      .argument('<name>', 'name or id')
      .option('--name <name>', 'its new name')
      .option('--notes <text>', 'its new notes')
      .option('--tags <tags>', 'all its tags, with commas between them; "" for none')
      .option('--cpus <count>', 'virtual CPUs', (text) => parseCount(text, '--cpus'))
      .option('--memory <size>', 'as 512M or 2G', (text) => parseMib(text, '--memory')),
  ).action(set)
  crashPolicyOptions(autostartOptions(command))
  return examples(command, [
    'viv vm set web --name www',
    'viv vm set www --notes "the shop\'s front end" --tags shop,production',
    'viv vm set www --cpus 8 --cores-per-socket 4 --memory 4G',
    'viv vm set www --cpu-model x86-64-v3',
    'viv vm set www --on-guest-crash restart --on-qemu-death restart',
    'viv vm set db --autostart --autostart-order 10 --autostart-delay 30',
    '',
    'The hardware of a VM that runs changes when it is started again; "viv vm show" tells what is pending.',
  ])
}

async function set(word: string, options: SetOptions, self: Command): Promise<void> {
  const body = bodyOf(options)
  if (Object.keys(body).length === 0) {
    const words = `--name, --notes, --tags, --cpus, --memory, --autostart, --on-guest-crash, --on-qemu-death, ${MACHINE_WORDS}`
    throw usageError(`Say what to change: ${words}.`)
  }
  const { terminal, ...context } = contextOf(self)
  const { client } = await connectTo({ terminal, ...context })
  const { id, revision } = await lookUpVm(client, word)
  const input = { params: { vmId: id }, ifMatch: revision, body, query: whyQuery(options) }
  if (options.plan === true) return showPlans(terminal, [await client.plan.vmUpdate(input)])
  const vm = await client.vmUpdate(input)
  terminal.result(vm, () => [`VM "${vm.name}" is changed.`, ...pendingLines(vm)])
}

function bodyOf({ name, notes, tags, cpus, memory, ...more }: SetOptions): VmUpdate {
  return {
    ...autostartOf(more),
    ...crashPolicyOf(more),
    ...(name === undefined ? {} : { name }),
    ...(notes === undefined ? {} : { notes }),
    ...(tags === undefined ? {} : { tags: tagsIn(tags) }),
    ...(cpus === undefined ? {} : { cpus }),
    ...(memory === undefined ? {} : { memoryMib: memory }),
    ...machineBody(more),
  }
}

export const tagsIn = (text: string): string[] => text.split(',').filter((tag) => tag !== '')

function pendingLines(vm: Vm): string[] {
  const { pending = [], name } = vm
  const isOld = pending.some(({ path }) => !isHostPending(path))
  const isUntold = pending.some(({ path }) => isHostPending(path))
  return [
    ...(isOld ? [`It runs as before until it is started again: viv vm stop ${name}, then viv vm start ${name}`] : []),
    ...(isUntold ? ['Its host does not answer; it is told as soon as it does.'] : []),
  ]
}
