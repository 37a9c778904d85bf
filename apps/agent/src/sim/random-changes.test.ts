import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { fleetWorld } from './fleet-world.ts'
import { nextStatus, RandomChanges } from './random-changes.ts'
import { SimulatedHost } from './simulated-host.ts'

const SIZE = { hosts: 2, vms: 50 }
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viv-changes-'))
  vi.useFakeTimers({ now: 0 })
})
afterEach(async () => {
  vi.useRealTimers()
  await rm(folder, { recursive: true })
})

/** What happened to whom within some seconds. */
async function lived(seed: number, perSecond: number, live: () => Promise<unknown>): Promise<string[]> {
  const row: string[] = []
  const openHost = async (index: number) => {
    const journalFile = join(folder, String(index))
    const onChange = (change: object) => void row.push(JSON.stringify(change))
    const host = await SimulatedHost.open({ journalFile, onChange })
    host.begin(fleetWorld(SIZE, index))
    return host
  }
  await using first = await openHost(0)
  await using second = await openHost(1)
  vi.setSystemTime(0)
  using _changes = new RandomChanges({ size: SIZE, hosts: [first, second], perSecond, seed })
  await live()
  return row
}
const seconds = (count: number) => () => vi.advanceTimersByTimeAsync(count * 1000)

test('the same seed makes the same row, another one another', async () => {
  const row = await lived(7, 30, seconds(5))
  expect(row.length).toBeGreaterThan(100)
  expect(await lived(7, 30, seconds(5))).toEqual(row)
  expect(await lived(8, 30, seconds(5))).not.toEqual(row)
})

test('makes as many changes a second as asked', async () => {
  expect((await lived(1, 30, seconds(10))).length).toBe(300)
  expect((await lived(1, 1, seconds(10))).length).toBe(10)
})

test('a standstill is not made good with more than a second of changes', async () => {
  const row = await lived(1, 10, async () => {
    vi.setSystemTime(3_600_000)
    await vi.advanceTimersByTimeAsync(100)
  })
  expect(row.length).toBe(10)
})

test('what is off comes back, and a panicked guest stands still with its process', () => {
  const vmId = '11111111-2222-4333-8444-555555555555'
  const running = { vmId, state: 'running', appliedRevision: 3, observedAt: '', accelerator: 'tcg', pid: 1 } as const
  const off = nextStatus(running, 0.9)
  expect(off).toMatchObject({ state: 'stopped', exit: { cause: 'powered_off' } })
  expect(off.pid).toBeUndefined()
  expect(nextStatus(off, 0)).toMatchObject({ state: 'running', appliedRevision: 3, pid: 1 })
  expect(nextStatus(running, 0.99)).toMatchObject({ state: 'crashed', pid: 1, exit: { cause: 'panicked' } })
  expect(nextStatus(running, 0)).toMatchObject({ state: 'running', resets: 1 })
})
