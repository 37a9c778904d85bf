import type { Host, Image, Vm } from '@viv/api'
import type { VmState } from '@viv/common'
import { Command } from 'commander'
import { type Cell, renderFields, renderTable } from '../output/table.ts'
import type { Terminal } from '../output/terminal.ts'
import { formatAge, formatMib } from '../output/units.ts'
import { connectTo, contextOf, examples } from './context.ts'
import { find } from './find.ts'
import { formatForward } from './forwards.ts'

const COLORS: Readonly<Record<VmState, 'green' | 'yellow' | 'red' | 'dim'>> = {
  creating: 'yellow',
  stopped: 'dim',
  starting: 'yellow',
  running: 'green',
  paused: 'yellow',
  stopping: 'yellow',
  crashed: 'red',
  deleting: 'yellow',
}

export function vmListCommand(): Command {
  const command = new Command('list').summary('all VMs').action(async (_options: object, self: Command) => {
    const context = contextOf(self)
    const { client } = await connectTo(context)
    const [vms, hosts] = await Promise.all([client.vmList(), client.hostList()])
    const sorted = vms.items.toSorted((a, b) => a.name.localeCompare(b.name))
    if (sorted.length === 0)
      context.terminal.note('There is no VM yet. Make one: viv vm create web --image micro --start')
    context.terminal.table(vms, () => (sorted.length === 0 ? [] : listLines(context.terminal, sorted, hosts.items)))
  })
  return examples(command, ['viv vm list', "viv vm list -o json | jq -r '.items[].name'"])
}

function listLines(terminal: Terminal, vms: readonly Vm[], hosts: readonly Host[]): string[] {
  const heads = ['NAME', 'STATE', 'CPUS', 'MEMORY', 'HOST', 'UPTIME', 'FORWARDS']
  const now = Date.now()
  const rows = vms.map((vm) => [
    vm.name,
    stateCell(terminal, vm),
    String(vm.hardware.cpus),
    formatMib(vm.hardware.memoryMib),
    hosts.find(({ id }) => id === vm.hostId)?.name ?? vm.hostId,
    uptime(vm, now) ?? '-',
    vm.hardware.nics
      .flatMap(({ forwards }) => forwards.map(({ hostPort, guestPort }) => `${hostPort}→${guestPort}`))
      .join(' '),
  ])
  return renderTable(heads, rows)
}

/** A silent host's word is the last one known, and is shown as such. */
function stateCell({ colors }: Terminal, { state, hostReachable }: Vm): Cell {
  return { text: hostReachable ? state : `${state} (last known)`, paint: colors[COLORS[state]] }
}

function uptime({ state, startedAt }: Vm, now: number): string | undefined {
  const hasProcess = state === 'running' || state === 'paused' || state === 'stopping'
  return hasProcess && startedAt !== undefined ? formatAge(startedAt, now) : undefined
}

export function vmShowCommand(): Command {
  const command = new Command('show')
    .summary('everything about one VM')
    .argument('<name>', 'name or id')
    .action(async (word: string, _options: object, self: Command) => {
      const context = contextOf(self)
      const { client } = await connectTo(context)
      const [vms, hosts, images] = await Promise.all([client.vmList(), client.hostList(), client.imageList()])
      const vm = find('VM', word, vms.items)
      context.terminal.result(vm, () => showLines(context.terminal, vm, hosts.items, images.items))
    })
  return examples(command, ['viv vm show web', 'viv vm show web -o json'])
}

function showLines(terminal: Terminal, vm: Vm, hosts: readonly Host[], images: readonly Image[]): string[] {
  const { hardware } = vm
  const now = Date.now()
  return renderFields([
    ['Name', vm.name],
    ['Id', vm.id],
    ['State', stateCell(terminal, vm)],
    ['Uptime', uptime(vm, now)],
    ['Last end', exitText(vm, now)],
    ['Host', hosts.find(({ id }) => id === vm.hostId)?.name ?? vm.hostId],
    ['Image', images.find(({ id }) => id === vm.imageId)?.name ?? vm.imageId],
    ['CPUs', `${hardware.cpus} (${hardware.cpuModel})`],
    ['Memory', formatMib(hardware.memoryMib)],
    ['Accelerator', acceleratorText(vm)],
    ['Machine', hardware.machineType],
    ['Kernel line', hardware.kernel?.commandLine],
    ['Disks', hardware.disks.map(({ slot, bus, volumeId }) => `${slot}: ${bus}, volume ${volumeId}`).join('\n')],
    [
      'Network',
      hardware.nics.map(({ slot, model, network, mac }) => `${slot}: ${model}, ${network}, ${mac}`).join('\n'),
    ],
    ['Forwards', hardware.nics.flatMap(({ forwards }) => forwards.map(formatForward)).join('\n')],
    ['Process', vm.pid === undefined ? undefined : String(vm.pid)],
    ['Task', vm.taskId === undefined ? undefined : `${vm.taskId} is under way: viv task wait ${vm.taskId}`],
    ['Created', vm.createdAt],
    ['Notes', vm.notes],
    ['Allowed now', vm.allowedActions.join(', ')],
  ])
}

function acceleratorText({ hardware, runsBy }: Vm): string {
  const now = runsBy === undefined ? '' : `, runs by ${runsBy === 'kvm' ? 'KVM' : 'translation (TCG)'}`
  return `${hardware.accelerator}${now}`
}

function exitText({ exit, state }: Vm, now: number): string | undefined {
  if (exit === undefined || state === 'running') return undefined
  const code = exit.code === undefined ? '' : `, exit code ${exit.code}`
  const output = exit.output === undefined ? '' : `\n${exit.output}`
  return `${exit.cause.replaceAll('_', ' ')}${code}, ${formatAge(exit.at, now)} ago${output}`
}
