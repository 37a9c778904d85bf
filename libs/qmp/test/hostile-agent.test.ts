import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { GuestAgent, QmpDisconnectedError, QmpProtocolError, QmpTimeoutError } from '../src/index.ts'

/**
 * A guest's agent that means harm, on the socket that QEMU would have: whatever it does, we lose neither time, nor
 * memory, nor the others' turn.
 */
const MIB = 1024 * 1024
/** What we read before we hang up, and what the kernel holds of a connection, both sides. */
const MOST_SENT_BYTES = 8 * MIB + 2 * MIB
/** A line of 4 MiB, its text and its copies; a flood's rest in the collector's hands. */
const MOST_MEMORY_BYTES = 96 * MIB
/** How long all others may have to wait for their turn on a busy machine. */
const LONGEST_STALL_MS = 400
const TIMEOUT_MS = 2_000

let folder: string
let path: string
let hostile: ChildProcess
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'qmp-hostile-'))
  path = join(folder, 'agent')
})
afterEach(async () => {
  if (hostile.exitCode === null && hostile.signalCode === null) {
    const ended = once(hostile, 'exit')
    hostile.kill('SIGKILL')
    await ended
  }
  await rm(folder, { recursive: true })
})

async function start(behaviour: string): Promise<void> {
  hostile = fork(join(import.meta.dirname, 'hostile-agent.ts'), [path, behaviour], { execArgv: [] })
  await once(hostile, 'message')
}

const connect = () => GuestAgent.connect(path, { timeoutMs: TIMEOUT_MS, syncTimeoutMs: TIMEOUT_MS })

interface Cost {
  readonly error: unknown
  readonly milliseconds: number
  readonly stallMs: number
  readonly memoryBytes: number
  readonly sentBytes: number
}

/** What it cost us to be with it: time, the others' longest wait, memory at its highest. */
async function costOf(meeting: () => Promise<unknown>): Promise<Cost> {
  const ended = once(hostile, 'message') as Promise<[{ sent: number }]>
  const before = process.memoryUsage.rss()
  let highest = before
  const sampler = setInterval(() => {
    highest = Math.max(highest, process.memoryUsage.rss())
  }, 5)
  const loop = monitorEventLoopDelay({ resolution: 5 })
  loop.enable()
  const startedAt = performance.now()
  const error = await meeting().then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  const milliseconds = performance.now() - startedAt
  loop.disable()
  clearInterval(sampler)
  highest = Math.max(highest, process.memoryUsage.rss())
  const [{ sent }] = await ended
  return { error, milliseconds, stallMs: loop.max / 1e6, memoryBytes: highest - before, sentBytes: sent }
}

function expectCheap(cost: Cost): void {
  expect(cost.milliseconds).toBeLessThan(TIMEOUT_MS + 1_000)
  expect(cost.stallMs).toBeLessThan(LONGEST_STALL_MS)
  expect(cost.memoryBytes).toBeLessThan(MOST_MEMORY_BYTES)
  expect(cost.sentBytes).toBeLessThan(MOST_SENT_BYTES)
}

async function ask(): Promise<void> {
  await using agent = await connect()
  await agent.execute('guest-ping', {}, { timeoutMs: TIMEOUT_MS })
}

const floods = ['zeros', 'text', 'newlines', 'blanks', 'sentinels', 'json']

describe('a flood', () => {
  test.each(floods)('of %s instead of the synchronization is cut off', async (what) => {
    await start(`flood:${what}`)
    const cost = await costOf(ask)
    expect(cost.error).toBeInstanceOf(QmpProtocolError)
    expectCheap(cost)
  })

  test.each(floods)('of %s after the mark that our answer comes is cut off', async (what) => {
    await start(`flood-synced:${what}`)
    const cost = await costOf(ask)
    expect(cost.error).toBeInstanceOf(QmpProtocolError)
    expectCheap(cost)
  })

  test.each(floods)('of %s instead of an answer is cut off', async (what) => {
    await start(`flood-asked:${what}`)
    const cost = await costOf(ask)
    expect(cost.error).toBeInstanceOf(QmpProtocolError)
    expectCheap(cost)
  })

  test('of single bytes does not keep the deadline away', async () => {
    await start('drip')
    const cost = await costOf(ask)
    expect(cost.error).toBeInstanceOf(QmpTimeoutError)
    expectCheap(cost)
  })
})

describe('an answer', () => {
  test.each([
    ['wrong-id', QmpTimeoutError],
    ['no-id', QmpProtocolError],
    ['wrong-type', QmpProtocolError],
    ['huge-number', QmpProtocolError],
    ['deep', QmpProtocolError],
    ['many', QmpProtocolError],
    ['half', QmpTimeoutError],
    ['closes', QmpDisconnectedError],
  ] as const)('that is %s is refused, at no cost', async (what, error) => {
    await start(`lie:${what}`)
    const cost = await costOf(ask)
    expect(cost.error).toBeInstanceOf(error)
    expectCheap(cost)
  })

  test('that is 1e999 is no number', async () => {
    await start('lie:huge-number')
    await using agent = await connect()
    await expect(agent.execute('guest-get-time')).rejects.toThrow(/has not the promised shape/)
  })

  test('that comes after its deadline, on the next connection, is nobody’s', async () => {
    await start('late')
    const first = GuestAgent.connect(path, { timeoutMs: TIMEOUT_MS, syncTimeoutMs: 100 })
    await expect(first).rejects.toThrow(QmpTimeoutError)
    // It gets the first one's answer at once, as if it were its own.
    const second = GuestAgent.connect(path, { timeoutMs: TIMEOUT_MS, syncTimeoutMs: 300 })
    await expect(second).rejects.toThrow(QmpTimeoutError)
  })

  test('that differs from the one before is taken as it comes: nothing is kept of a guest’s word', async () => {
    await start('fickle')
    await using agent = await connect()
    expect(await agent.execute('guest-get-host-name')).toEqual({ 'host-name': 'host-1' })
    expect(await agent.execute('guest-get-host-name')).toEqual({ 'host-name': 'host-2' })
  })

  test('that never comes ends at the deadline', async () => {
    await start('silent')
    const cost = await costOf(ask)
    expect(cost.error).toBeInstanceOf(QmpTimeoutError)
    expectCheap(cost)
  })
})

test('fifty of them at once leave the others their turn', async () => {
  await start('flood:json')
  const before = process.memoryUsage.rss()
  const loop = monitorEventLoopDelay({ resolution: 5 })
  loop.enable()
  const ends = await Promise.allSettled(Array.from({ length: 50 }, ask))
  loop.disable()
  expect(ends.map((end) => end.status)).toEqual(Array(50).fill('rejected'))
  expect(loop.max / 1e6).toBeLessThan(LONGEST_STALL_MS)
  expect(process.memoryUsage.rss() - before).toBeLessThan(2 * MOST_MEMORY_BYTES)
})
