import type { Host } from '@viv/api'
import { everyItem } from '@viv/client'
import type { CpuOffers } from '@viv/common'
import { Command } from 'commander'
import { renderFields, renderTable } from '../output/table.ts'
import { formatBytes, formatMib } from '../output/units.ts'
import { connectTo, contextOf, examples } from './context.ts'
import { lookUp } from './look-up.ts'

/** What an agent says of its host; an older one may say less. */
interface HostFacts {
  readonly cpus?: number
  readonly cpuModel?: string
  readonly memoryMib?: number
  readonly kernel?: string
  readonly qemuVersion?: string
  readonly machineType?: string
  readonly kvm?: { readonly isUsable?: boolean; readonly verdict?: string; readonly problem?: string }
  readonly cpuModels?: CpuOffers
  readonly cgroup?: { readonly kind?: string; readonly note?: string }
  readonly datastore?: { readonly totalBytes?: number; readonly freeBytes?: number }
}

export function hostCommand(): Command {
  const host = new Command('host').description('The machines that VMs run on.')
  for (const command of [listCommand(), showCommand()]) host.addCommand(command)
  return examples(host, ['viv host list', 'viv host show NAME'])
}

const factsOf = ({ facts }: Host): HostFacts => (facts ?? {}) as HostFacts
const reach = ({ isReachable }: Host): string => (isReachable ? 'reachable' : 'silent')
const memory = (mib: number | undefined): string => (mib === undefined ? '-' : formatMib(mib))

function listCommand(): Command {
  const command = new Command('list').summary('all hosts').action(async (_options: object, self: Command) => {
    const context = contextOf(self)
    const { client } = await connectTo(context)
    const hosts = await everyItem(client.hostList, {})
    const row = (host: Host) => {
      const { cpus, memoryMib, kvm, qemuVersion } = factsOf(host)
      return [host.name, reach(host), String(cpus ?? '-'), memory(memoryMib), accelerator(kvm), qemuVersion ?? '-']
    }
    if (hosts.length === 0) context.terminal.note('No host is known yet. Start one with: viv up')
    context.terminal.table({ items: hosts }, () =>
      renderTable(['NAME', 'STATE', 'CPUS', 'MEMORY', 'ACCELERATOR', 'QEMU'], hosts.map(row)),
    )
  })
  return examples(command, ['viv host list'])
}

const accelerator = (kvm: HostFacts['kvm']): string => (kvm?.isUsable === true ? 'kvm' : 'translate')

function showCommand(): Command {
  const command = new Command('show')
    .summary('everything about one host')
    .argument('<name>', 'name or id')
    .action(async (word: string, _options: object, self: Command) => {
      const context = contextOf(self)
      const { client } = await connectTo(context)
      const host = await lookUp('host', word, client.hostList)
      context.terminal.result(host, () => showLines(host))
    })
  return examples(command, ['viv host show NAME', 'viv host show NAME -o json'])
}

function showLines(host: Host): string[] {
  const { cpus, cpuModel, memoryMib, kernel, qemuVersion, machineType, kvm, cpuModels, cgroup, datastore } =
    factsOf(host)
  return renderFields([
    ['Name', host.name],
    ['Id', host.id],
    ['State', host.isReachable ? 'reachable' : `silent since ${host.seenAt ?? 'it was added'}; its VMs run on`],
    ['Accelerator', verdict(kvm)],
    ['CPUs', cpus === undefined ? undefined : `${cpus} (${cpuModel ?? 'model not known'})`],
    ...(['kvm', 'tcg'] as const).map((by) => [`CPU models (${by})`, modelsText(cpuModels?.[by])] as const),
    ['Memory', memory(memoryMib)],
    ['Kernel', kernel],
    ['QEMU', qemuVersion],
    ['Machine', machineType],
    ['Cgroups', cgroup === undefined ? undefined : `${cgroup.kind}${cgroup.note ? `: ${cgroup.note}` : ''}`],
    ['Datastore', room(datastore)],
    ['Agent', host.agentVersion],
  ])
}

/** Those that lack nothing: the others are refused, with what they lack. */
function modelsText(offer: CpuOffers['kvm']): string | undefined {
  if (offer === undefined) return undefined
  const whole = Object.entries(offer.missing).flatMap(([name, missing]) => (missing.length === 0 ? [name] : []))
  const lines: string[] = []
  for (const name of whole) {
    const line = lines.at(-1)
    if (line === undefined || line.length + name.length > MODELS_WIDTH) lines.push(name)
    else lines[lines.length - 1] = `${line}, ${name}`
  }
  return lines.join('\n')
}

const MODELS_WIDTH = 76

function verdict(kvm: HostFacts['kvm']): string {
  if (kvm?.isUsable === true) return 'kvm (hardware-assisted), proven by a probe guest'
  return `translate (TCG) only; KVM ${(kvm?.verdict ?? 'is not known').replaceAll('_', ' ')}: ${kvm?.problem ?? 'nothing was said'}`
}

function room(datastore: HostFacts['datastore']): string | undefined {
  const { totalBytes, freeBytes } = datastore ?? {}
  if (totalBytes === undefined || freeBytes === undefined) return undefined
  return `${formatBytes(freeBytes)} free of ${formatBytes(totalBytes)}`
}
