import { spawn } from 'node:child_process'
import { join } from 'node:path'

/**
 * `npm run soak`: the campaigns that are too long for every run, one after another. A line for each, with its seed where
 * it has one; what a failed one printed comes before its line. VIV_SEED=N begins with that seed.
 */
interface Campaign {
  readonly name: string
  readonly runs: number
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

const campaigns: readonly Campaign[] = [
  {
    name: 'random kills of manager and agent, 200 of them',
    runs: 1,
    args: ['--project', 'e2e', 'test/e2e/random-crash.e2e.ts'],
    env: { VIV_RANDOM_CRASHES: '200' },
  },
  {
    name: 'SIGKILL at every step boundary, of every kind of machine',
    runs: 1,
    args: ['--project', 'e2e', 'test/e2e/crash.e2e.ts'],
    env: { VIV_CRASHES: 'all' },
  },
  {
    name: 'every action in every state, on real QEMU',
    runs: 1,
    args: ['--project', 'e2e', 'test/e2e/actions.e2e.ts'],
    env: { VIV_ACTIONS: 'all' },
  },
  { name: 'a bad wire between manager and agent', runs: 25, args: ['--project', 'e2e', 'test/e2e/bad-wire.e2e.ts'] },
  {
    name: 'random stories that history, events and lists must tell alike, 100 of them',
    runs: 1,
    args: ['--project', 'app', 'apps/manager/test/stories.test.ts'],
    env: { VIV_STORIES: '100' },
  },
  {
    name: 'kill -9 of the store in the middle of writing, five times a run',
    runs: 40,
    args: ['--project', 'unit', 'apps/manager/src/store/sqlite/kill.test.ts'],
  },
]

const VITEST = join(import.meta.dirname, '..', 'node_modules', 'vitest', 'vitest.mjs')
const firstSeed = Number(process.env['VIV_SEED'] ?? Date.now() % 1_000_000)

interface Ending {
  readonly isGood: boolean
  readonly output: string
}

function run({ args, env }: Campaign, seed: number): Promise<Ending> {
  const child = spawn(process.execPath, [VITEST, 'run', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env, VIV_SEED: String(seed) },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ isGood: code === 0, output }))
  })
}

/** All its runs, also after one that failed: how often it fails says much about why. */
async function campaignFailures(campaign: Campaign): Promise<number[]> {
  const failed: number[] = []
  for (let at = 0; at < campaign.runs; at++) {
    const seed = firstSeed + at
    const { isGood, output } = await run(campaign, seed)
    if (isGood) continue
    failed.push(seed)
    console.log(output)
  }
  return failed
}

if (!Number.isInteger(firstSeed)) throw new Error(`VIV_SEED ${process.env['VIV_SEED']} is no whole number`)
for (const campaign of campaigns) {
  const begunMs = Date.now()
  const failed = await campaignFailures(campaign)
  const minutes = ((Date.now() - begunMs) / 60_000).toFixed(1)
  const seeds = failed.length === 0 ? `seeds from ${firstSeed}` : `failed with seeds ${failed.join(', ')}`
  console.log(
    `${failed.length === 0 ? 'ok  ' : 'FAIL'} ${campaign.name}: ${campaign.runs} runs, ${seeds} (${minutes} min)`,
  )
  if (failed.length > 0) process.exitCode = 1
}
