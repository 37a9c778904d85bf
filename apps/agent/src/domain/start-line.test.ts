import { expect, test } from 'vitest'
import type { VmConfig } from './contract.ts'
import { startLine, turnOf, waitMs } from './start-line.ts'

const config = (name: string, order?: number): VmConfig =>
  ({ vmId: name, name, ...(order === undefined ? {} : { autostart: { order, delaySeconds: 0 } }) }) as VmConfig

test('the lowest order starts first, then by name; who does not start with the host is not there', () => {
  const line = startLine([config('web', 20), config('b', 10), config('never'), config('A', 10), config('db', 0)])
  expect(line.map(({ name }) => name)).toEqual(['db', 'A', 'b', 'web'])
})

const AT = '2026-11-25T00:00:00.000Z'

test.each([
  [{ state: 'stopped' }, 'start'],
  [{ state: 'hibernated' }, 'wake'],
  [{ state: 'running' }, 'none'],
  [{ state: 'unresponsive' }, 'none'],
  // It ran since the host was started, and has ended.
  [{ state: 'stopped', exit: { cause: 'powered_off', at: AT } }, 'none'],
  [{ state: 'crashed', exit: { cause: 'died', at: AT } }, 'none'],
] as const)('one that is %j: %s', (status, turn) => {
  expect(turnOf(status)).toBe(turn)
})

test('a clock that was set back makes nobody wait longer than was meant', () => {
  const now = Date.parse(AT)
  expect(waitMs(undefined, now, 5_000)).toBe(0)
  expect(waitMs('2026-11-25T00:00:03.000Z', now, 5_000)).toBe(3_000)
  expect(waitMs('2026-11-24T23:00:00.000Z', now, 5_000)).toBe(0)
  expect(waitMs('2027-11-25T00:00:00.000Z', now, 5_000)).toBe(5_000)
})
