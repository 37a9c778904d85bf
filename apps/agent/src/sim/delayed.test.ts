import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Delayed } from './delayed.ts'

beforeEach(() => void vi.useFakeTimers({ now: 0 }))
afterEach(() => void vi.useRealTimers())

test('keeps the order, also where the delay becomes shorter', async () => {
  let delayMs = 500
  const sent: [number, string][] = []
  const late = new Delayed<string>(
    () => delayMs,
    (message) => void sent.push([Date.now(), message]),
  )
  late.push('a')
  await vi.advanceTimersByTimeAsync(100)
  delayMs = 0
  late.push('b')
  expect(sent).toEqual([])
  await vi.advanceTimersByTimeAsync(1_000)
  late.push('c')
  expect(sent).toEqual([
    [500, 'a'],
    [500, 'b'],
    [1_100, 'c'],
  ])
})

test('sends nothing after its end', async () => {
  const sent: string[] = []
  const late = new Delayed<string>(
    () => 100,
    (message) => void sent.push(message),
  )
  late.push('a')
  late.end()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(sent).toEqual([])
})
