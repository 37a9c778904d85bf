import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ASK_EVERY_MS, SILENT_AFTER_MS, Watchdog } from './watchdog.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A machine whose answers the test gives. */
function watch() {
  const open: PromiseWithResolvers<string>[] = []
  const said: string[] = []
  const watchdog = new Watchdog<string>({
    ask: () => {
      const question = Promise.withResolvers<string>()
      open.push(question)
      return question.promise
    },
    onSilent: () => said.push('silent'),
    onHeard: (answer) => said.push(answer),
  })
  return { open, said, watchdog }
}

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)

test('says nothing of a machine that answers, however late within its time', async () => {
  const { open, said, watchdog } = watch()
  for (let round = 0; round < 20; round++) {
    await pass(ASK_EVERY_MS)
    await pass(SILENT_AFTER_MS - 1)
    open.at(-1)?.resolve('running')
    await pass(0)
  }
  expect(open.length).toBe(20)
  expect(said).toEqual([])
  watchdog.stop()
})

test('tells a silent one once, with one open question in an hour, and hears its answer at once', async () => {
  const { open, said, watchdog } = watch()
  await pass(ASK_EVERY_MS + SILENT_AFTER_MS)
  expect(said).toEqual(['silent'])
  await pass(3_600_000)
  expect(open.length).toBe(1)
  expect(said).toEqual(['silent'])
  open[0]?.resolve('paused')
  await pass(0)
  expect(said).toEqual(['silent', 'paused'])
  await pass(ASK_EVERY_MS)
  expect(open.length).toBe(2)
  watchdog.stop()
})

test('counts from the loss of the connection, over questions that fail at once', async () => {
  const { open, said, watchdog } = watch()
  watchdog.expect()
  await pass(ASK_EVERY_MS - 1)
  expect(said).toEqual([])
  await pass(1)
  expect(said).toEqual(['silent'])
  for (let round = 0; round < 3; round++) {
    open.at(-1)?.reject(new Error('no connection'))
    await pass(ASK_EVERY_MS)
  }
  expect(said).toEqual(['silent'])
  open.at(-1)?.resolve('running')
  await pass(0)
  expect(said).toEqual(['silent', 'running'])
  watchdog.stop()
})

test('is still when it was stopped', async () => {
  const { open, said, watchdog } = watch()
  await pass(ASK_EVERY_MS)
  watchdog.stop()
  await pass(10 * SILENT_AFTER_MS)
  open[0]?.resolve('running')
  await pass(10 * ASK_EVERY_MS)
  expect(open.length).toBe(1)
  expect(said).toEqual([])
})
