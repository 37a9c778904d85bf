import { expect, test } from 'vitest'
import { crashAnswer } from './crash-answer.ts'

const MINUTE = 60_000

test.each([
  ['panicked', undefined, 'keep'],
  ['panicked', { guest: 'keep', qemu: 'restart' }, 'keep'],
  ['panicked', { guest: 'restart', qemu: 'keep' }, 'reset'],
  ['panicked', { guest: 'stop', qemu: 'keep' }, 'end'],
  ['died', { guest: 'restart', qemu: 'keep' }, 'keep'],
  ['died', { guest: 'keep', qemu: 'restart' }, 'boot'],
  ['hung', undefined, 'reset'],
  ['hung', { guest: 'stop', qemu: 'keep' }, 'reset'],
  ['hung', { guest: 'restart', qemu: 'restart', watchdog: 'keep' }, 'keep'],
  ['hung', { guest: 'restart', qemu: 'restart', watchdog: 'stop' }, 'end'],
  // What somebody did, or the guest itself, is no crash; what is lost was not seen to die.
  ['stopped', { guest: 'restart', qemu: 'restart' }, 'keep'],
  ['powered_off', { guest: 'restart', qemu: 'restart' }, 'keep'],
  ['lost', { guest: 'restart', qemu: 'restart' }, 'keep'],
] as const)('%s with %j: %s', (cause, policy, answer) => {
  expect(crashAnswer(cause, policy)).toBe(answer)
})

test('one that crashes over and over is given up, until it has run for a while', () => {
  const policy = { guest: 'restart', qemu: 'restart' } as const
  const restarts = [0, MINUTE, 2 * MINUTE]
  expect(crashAnswer('panicked', policy, restarts.slice(1), 3 * MINUTE)).toBe('reset')
  expect(crashAnswer('panicked', policy, restarts, 3 * MINUTE)).toBe('given_up')
  expect(crashAnswer('died', policy, restarts, 3 * MINUTE)).toBe('given_up')
  expect(crashAnswer('died', policy, restarts, 10 * MINUTE)).toBe('boot')
  // Giving up is about restarts alone.
  expect(crashAnswer('panicked', { guest: 'stop', qemu: 'keep' }, restarts, 3 * MINUTE)).toBe('end')
})
