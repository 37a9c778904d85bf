import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ConnectTurns } from './connect-turns.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A thousand that come at once, and those of them whose turn it is. */
function crowd(turns: ConnectTurns): (() => void)[] {
  const inside: (() => void)[] = []
  for (let n = 0; n < 1000; n++) void turns.take().then((end) => inside.push(end))
  return inside
}
const settle = () => vi.advanceTimersByTimeAsync(0)

test('lets few in at a time, and the next one in as soon as one has ended', async () => {
  const inside = crowd(new ConnectTurns())
  await settle()
  const atOnce = inside.length
  expect(atOnce).toBeGreaterThan(1)
  expect(atOnce).toBeLessThan(100)
  inside[0]!()
  inside[0]!()
  await settle()
  expect(inside).toHaveLength(atOnce + 1)
})

test('agents that are slow keep nobody out for longer than a moment', async () => {
  const inside = crowd(new ConnectTurns())
  await settle()
  const atOnce = inside.length
  await vi.advanceTimersByTimeAsync(1_000)
  expect(inside).toHaveLength(2 * atOnce)
  // Ending late, after the turn was given on, lets nobody else in.
  inside[0]!()
  await settle()
  expect(inside).toHaveLength(2 * atOnce)
})
