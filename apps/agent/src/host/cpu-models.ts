import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { CPU_GENERATIONS, type CpuOffer, type CpuOffers } from '@viv/common'
import { QEMU, SANDBOX } from '../qemu/argv.ts'
import { writeDurably } from '../store/durable-file.ts'
import { readKept } from './kept-record.ts'

/**
 * Which processors a host can give to its VMs, asked of QEMU itself: under each accelerator a machine without a machine
 * answers what every model lacks here, and what the fullest one has.
 */
const QUESTIONS = [
  { execute: 'qmp_capabilities' },
  { execute: 'query-cpu-definitions', id: 'models' },
  { execute: 'query-cpu-model-expansion', id: 'full', arguments: { type: 'full', model: { name: 'max' } } },
  { execute: 'quit' },
]
/** QEMU answers within 150 ms, on a loaded host within seconds. */
const DEADLINE_MS = 10_000
const OUTPUT_CHARACTERS = 2 * 1024 * 1024

interface AskOptions {
  /** As VMs run. */
  readonly uid: number
  readonly gids: readonly number[]
  readonly qemu?: string
}

interface Definition {
  readonly name: string
  readonly 'unavailable-features'?: readonly string[]
  readonly 'alias-of'?: string
  readonly 'migration-safe'?: boolean | null
  readonly static: boolean
}
type Properties = Readonly<Record<string, unknown>>

/** Throws where QEMU does not answer. */
export async function askCpuOffer(accelerator: 'kvm' | 'tcg', options: AskOptions): Promise<CpuOffer> {
  const answers = (await converse(accelerator, options))
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { id?: string; return?: unknown })
  const answer = (id: string) => answers.find((one) => one.id === id)?.return
  const definitions = answer('models') as Definition[] | undefined
  const full = (answer('full') as { model: { props: Properties } } | undefined)?.model.props
  if (definitions === undefined || full === undefined) throw new Error('QEMU says nothing of its CPU models')
  return cpuOffer(definitions, full)
}

/** Of models whose meaning a later QEMU keeps: the others can't be pinned. */
export function cpuOffer(definitions: readonly Definition[], full: Properties): CpuOffer {
  const kept = definitions.filter((one) => one['migration-safe'] === true && !one.static)
  const missing = kept
    .filter((one) => one['alias-of'] === undefined)
    .map((one) => [one.name, [...new Set(one['unavailable-features'] ?? [])].sort()] as const)
  const generations = Object.entries(CPU_GENERATIONS).map(
    ([name, flags]) => [name, flags.filter((flag) => full[flag] !== true)] as const,
  )
  const aliases = kept.flatMap((one) => (one['alias-of'] === undefined ? [] : [[one.name, one['alias-of']] as const]))
  return { missing: Object.fromEntries([...generations, ...missing]), aliases: Object.fromEntries(aliases) }
}

async function converse(accelerator: 'kvm' | 'tcg', { uid, gids, qemu = QEMU }: AskOptions): Promise<string> {
  const identity = ['--reuid', String(uid), '--regid', String(uid), '--groups', gids.join(',')]
  const machine = ['-machine', 'none', '-accel', accelerator, '-nodefaults', '-no-user-config', '-display', 'none']
  const child = spawn(
    'setpriv',
    [
      ...[...identity, '--no-new-privs', '--inh-caps=-all', '--pdeathsig', 'KILL', '--'],
      ...[qemu, ...machine, '-sandbox', SANDBOX, '-qmp', 'stdio'],
    ],
    { cwd: '/', stdio: ['pipe', 'pipe', 'ignore'], env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' } },
  )
  const late = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS)
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(0, OUTPUT_CHARACTERS)))
  // One that ended early has said so by what it did not answer.
  child.stdin.on('error', () => undefined)
  child.stdin.write(QUESTIONS.map((question) => `${JSON.stringify(question)}\n`).join(''))
  try {
    await once(child, 'close')
    return said
  } finally {
    clearTimeout(late)
  }
}

interface Kept {
  readonly format: 1
  readonly bootId: string
  readonly qemuVersion: string
  readonly offers: CpuOffers
}

interface OffersOptions {
  readonly cacheFile: string
  readonly bootId: string
  readonly qemuVersion: string
  readonly accelerators: readonly ('kvm' | 'tcg')[]
  ask(accelerator: 'kvm' | 'tcg'): Promise<CpuOffer>
}

/** Of this boot, which a new processor or microcode needs, and of this QEMU; what cannot be asked is left out. */
export async function cpuOffers({
  cacheFile,
  bootId,
  qemuVersion,
  accelerators,
  ask,
}: OffersOptions): Promise<CpuOffers> {
  const kept = await readKept<Kept>(cacheFile)
  const isSame = kept?.bootId === bootId && kept.qemuVersion === qemuVersion
  if (isSame && accelerators.every((one) => kept.offers[one] !== undefined)) return kept.offers
  const asked = await Promise.all(
    accelerators.map(async (one) => [one, await ask(one).catch(() => undefined)] as const),
  )
  const offers = Object.fromEntries(asked.filter(([, offer]) => offer !== undefined)) as CpuOffers
  const record: Kept = { format: 1, bootId, qemuVersion, offers }
  await writeDurably(cacheFile, JSON.stringify(record))
  return offers
}
