import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { Product } from './support/product.ts'
import { type Outcome, printSeries, printTable } from './support/samples.ts'

/** Bare Node is 41 MB, with an HTTP server 93. */
const LIMITS_MB = { manager: 160, agent: 110 }
type Part = keyof typeof LIMITS_MB
const PARTS = Object.keys(LIMITS_MB) as Part[]

/** Resident memory counts as stable when it has moved less than this for so long. */
const STABLE_MB = 1
const STABLE_LOOKS = 10
const LOOK_EVERY_MS = 1_000
const STABLE_TIMEOUT_MS = 120_000

/** What manager and agent hold in memory while nothing happens, with one VM stopped and one running. */
export async function footprint(): Promise<Outcome> {
  await using product = await Product.start()
  await product.vmCreate('stopped')
  const vmId = await product.vmCreate('running')
  await product.succeeded(await product.client.vmStart({ params: { vmId }, query: { wait: '30' } }))
  const looks = await untilStable(product.pids)
  printSeries(looks, 'MB')
  const ratios = PARTS.map((part) => (looks[part].at(-1) as number) / LIMITS_MB[part])
  printTable(
    ['part', 'resident MB', 'limit MB', 'ratio'],
    PARTS.map((part, at) => [
      part,
      looks[part].at(-1)?.toFixed(1) ?? '',
      String(LIMITS_MB[part]),
      ratios[at]?.toFixed(2) ?? '',
    ]),
  )
  const ratio = Math.max(...ratios)
  return { ratio, limit: 1, isMet: ratio <= 1 }
}

async function untilStable(pids: Readonly<Record<Part, number>>): Promise<Record<Part, number[]>> {
  const looks: Record<Part, number[]> = { manager: [], agent: [] }
  for (const deadline = Date.now() + STABLE_TIMEOUT_MS; !PARTS.every((part) => isStable(looks[part])); ) {
    if (Date.now() > deadline) throw new Error(`resident memory did not settle within ${STABLE_TIMEOUT_MS} ms`)
    for (const part of PARTS) looks[part].push(await residentMb(pids[part]))
    await delay(LOOK_EVERY_MS)
  }
  return looks
}

function isStable(looks: readonly number[]): boolean {
  const last = looks.slice(-STABLE_LOOKS)
  return last.length === STABLE_LOOKS && Math.max(...last) - Math.min(...last) < STABLE_MB
}

async function residentMb(pid: number): Promise<number> {
  const kib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1])
  if (!Number.isInteger(kib)) throw new Error(`process ${pid} does not say what it holds`)
  return (kib * 1024) / 1e6
}
