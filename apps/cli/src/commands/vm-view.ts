import { type Host, type Image, type Vm, VM_SORTS } from '@viv/api'
import { machineText, type VmState } from '@viv/common'
import { ApiError, everyItem } from '@viv/client'
import { Command, Option } from 'commander'
import { type Cell, renderFields, renderTable } from '../output/table.ts'
import type { Terminal } from '../output/terminal.ts'
import { formatAge, formatMib } from '../output/units.ts'
import { diskTexts } from './vm-parts.ts'
import { connectTo, contextOf, examples } from './context.ts'
import { formatForward } from './forwards.ts'
import { lookUp, lookUpVm } from './look-up.ts'
import { firmwareText, topologyText } from './machine-options.ts'
import { parseCount } from './sizes.ts'
import { autostartText, isHostPending } from './vm-autostart.ts'
import { crashPolicyText, recoveryText } from './vm-crash-policy.ts'

const COLORS: Readonly<Record<VmState, 'green' | 'yellow' | 'red' | 'dim'>> = {
  creating: 'yellow',
  stopped: 'dim',
  starting: 'yellow',
  running: 'green',
  paused: 'yellow',
  unresponsive: 'red',
  stopping: 'yellow',
  hibernating: 'yellow',
  hibernated: 'dim',
  crashed: 'red',
  unreadable: 'red',
  recycled: 'dim',
  deleting: 'yellow',
}

interface ListOptions {
  readonly search?: string
  readonly state?: string
  readonly tag?: string
  readonly host?: string
  readonly sort?: (typeof VM_SORTS)[number]
  readonly descending?: boolean
  readonly limit?: number
}

export function vmListCommand(): Command {
  const command = new Command('list')
    .summary('VMs, all of them or those that are asked for')
    .option('--search <text>', 'only those with this in their name or id')
    .option(
      '--state <states>',
      'only those that are running, stopped …; several with commas; recycled: the recycle bin',
    )
    .option('--tag <tags>', 'only those with this tag; several with commas')
    .option('--host <host>', 'only those on this host (name or id)')
    .addOption(new Option('--sort <key>', 'by what; by name if not said').choices([...VM_SORTS]))
    .option('--descending', 'the largest first')
    .option('--limit <count>', 'not more than these', (text) => parseCount(text, '--limit'))
    .action(list)
  return examples(command, [
    'viv vm list',
    'viv vm list --state recycled',
    'viv vm list --state running,paused --sort memoryMib --descending --limit 10',
    "viv vm list -o json | jq -r '.items[].name'",
  ])
}

async function list({ search, state, tag, host, sort, descending, limit }: ListOptions, self: Command): Promise<void> {
  const context = contextOf(self)
  const { terminal } = context
  const { client } = await connectTo(context)
  const hostId = host === undefined ? undefined : (await lookUp('host', host, client.hostList)).id
  const query = withoutUndefined({ search, state, tag, hostId, sort: sortOf(sort, descending) })
  const [items, hosts] = await Promise.all([
    limit === undefined
      ? everyItem(client.vmList, query)
      : client.vmList({ query: { ...query, limit: String(limit) } }).then((page) => page.items),
    everyItem(client.hostList, {}),
  ])
  const isFiltered = search !== undefined || state !== undefined || tag !== undefined || host !== undefined
  if (items.length === 0)
    terminal.note(
      isFiltered ? 'No VM is like that.' : 'There is no VM yet. Make one: viv vm create web --image micro --start',
    )
  terminal.table({ items }, () => (items.length === 0 ? [] : listLines(terminal, items, hosts)))
}

type Sort = (typeof VM_SORTS)[number]
const sortOf = (key: Sort | undefined, isDescending: boolean | undefined): Sort | `-${Sort}` | undefined =>
  isDescending === true ? `-${key ?? 'name'}` : key

const withoutUndefined = <T extends object>(query: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as never

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
function stateCell({ colors }: Terminal, { state, hostReachable, pauseReason, silenceReason, purgeAt }: Vm): Cell {
  const reason = pauseReason ?? silenceReason
  const why = reason === undefined ? state : `${state}: ${reason.replaceAll('_', ' ')}`
  const text = purgeAt === undefined ? why : `${why}, ${timeLeft(purgeAt, Date.now())} left`
  return { text: hostReachable ? text : `${text} (last known)`, paint: colors[COLORS[state]] }
}

/** Until it is deleted. */
const timeLeft = (purgeAt: string, now: number): string =>
  formatAge(new Date(now).toISOString(), Math.max(now, Date.parse(purgeAt)))

function uptime({ state, startedAt }: Vm, now: number): string | undefined {
  const hasProcess = ['running', 'paused', 'unresponsive', 'stopping', 'hibernating'].includes(state)
  return hasProcess && startedAt !== undefined ? formatAge(startedAt, now) : undefined
}

export function vmShowCommand(): Command {
  const command = new Command('show')
    .summary('everything about one VM')
    .argument('<name>', 'name or id')
    .action(async (word: string, _options: object, self: Command) => {
      const context = contextOf(self)
      const { client } = await connectTo(context)
      const vm = await lookUpVm(client, word)
      const discId = vm.hardware.cd?.disc?.imageId
      const imageOf = (imageId: string) => client.imageGet({ params: { imageId } }).catch(ignoreGone)
      const [host, image, disc] = await Promise.all([
        client.hostGet({ params: { hostId: vm.hostId } }),
        vm.imageId === undefined ? undefined : imageOf(vm.imageId),
        discId === undefined ? undefined : imageOf(discId),
      ])
      context.terminal.result(vm, () => showLines(context.terminal, vm, host, { image, disc }))
    })
  return examples(command, ['viv vm show web', 'viv vm show web -o json'])
}

/** An image that VMs were copied from may be deleted. */
function ignoreGone(error: unknown): undefined {
  if (!(error instanceof ApiError) || error.code !== 'not_found') throw error
}

interface Images {
  readonly image: Image | undefined
  readonly disc: Image | undefined
}

function cdText({ hardware: { cd } }: Vm, disc: Image | undefined): string | undefined {
  if (cd === undefined) return undefined
  return `${cd.bus}, ${cd.disc === undefined ? 'empty' : (disc?.name ?? cd.disc.imageId)}`
}

function showLines(terminal: Terminal, vm: Vm, host: Host, { image, disc }: Images): string[] {
  const { hardware } = vm
  const now = Date.now()
  return renderFields([
    ['Name', vm.name],
    ['Id', vm.id],
    ['State', stateCell(terminal, vm)],
    ['Held back', vm.heldBack?.message],
    ['Uptime', uptime(vm, now)],
    ['Deleted', vm.purgeAt === undefined ? undefined : `${vm.purgeAt}, in ${timeLeft(vm.purgeAt, now)}`],
    ['Last end', exitText(vm, now)],
    ['Host', host.name],
    ['Image', image?.name ?? vm.imageId],
    ['Guest', vm.guestSystem],
    ['CPUs', `${hardware.cpus} (${hardware.cpuModel})`],
    ['CPU topology', topologyText(vm)],
    ['Memory', formatMib(hardware.memoryMib)],
    ['After a restart', pendingText(vm)],
    ['Starts with its host', autostartText(vm, now)],
    ['When it crashes', crashPolicyText(vm)],
    ['Restarted after a crash', recoveryText(vm, now)],
    ['Accelerator', acceleratorText(vm)],
    ['Machine', hardware.machineType],
    ['Firmware', firmwareText(vm)],
    ['Boot order', hardware.bootOrder?.join(', ')],
    ['Display', hardware.display],
    ['Random', hardware.random === false ? 'none' : undefined],
    ['Watchdog', hardware.watchdog?.model],
    ['Clock', hardware.clock === 'free' ? 'free' : 'as the host'],
    ['TPM', tpmText(vm)],
    ['Pointer', hardware.pointer ?? 'mouse'],
    ['Kernel line', hardware.kernel?.commandLine],
    ['CD drive', cdText(vm, disc)],
    ['Disks', diskTexts(vm).join('\n')],
    [
      'Network',
      hardware.nics.map(({ slot, model, network, mac }) => `${slot}: ${model}, ${network}, ${mac}`).join('\n'),
    ],
    ['Forwards', hardware.nics.flatMap(({ forwards }) => forwards.map(formatForward)).join('\n')],
    ['Process', vm.pid === undefined ? undefined : String(vm.pid)],
    ['Task', vm.taskId === undefined ? undefined : `${vm.taskId} is under way: viv task wait ${vm.taskId}`],
    ['Created', vm.createdAt],
    ['Tags', vm.tags.join(', ')],
    ['Notes', vm.notes],
    ['Allowed now', vm.allowedActions.join(', ')],
  ])
}

const tpmText = ({ hardware, brokenParts, name }: Vm): string | undefined => {
  if (hardware.tpm !== true) return undefined
  const isBroken = brokenParts?.includes('tpm') === true
  return isBroken ? `2.0; it has ended, and is back after: viv vm stop ${name}, viv vm start ${name}` : '2.0'
}

const pendingText = ({ pending = [] }: Vm): string =>
  pending
    .filter(({ path }) => !isHostPending(path))
    .map(({ path, running, wanted }) => `${path}: ${machineText(running)} → ${machineText(wanted)}`)
    .join('\n')

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
