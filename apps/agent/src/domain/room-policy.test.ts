import { expect, test } from 'vitest'
import { hasRoom, LONGEST_WAIT_MS, LOOK_FOR_ROOM_MS, RELAPSE_MS, waitMs } from './room-policy.ts'

const MIB = 1024 ** 2

test.each([
  ['a tiny datastore', 64 * MIB, 16 * MIB],
  ['one of 10 GiB', 10_240 * MIB, 102.4 * MIB],
  ['one of 16 TiB', 16 * 1024 ** 2 * MIB, 1024 * MIB],
])('%s has room from a hundredth on, within bounds', (_name, totalBytes, needed) => {
  expect(hasRoom({ totalBytes, freeBytes: needed })).toBe(true)
  expect(hasRoom({ totalBytes, freeBytes: needed - 1 })).toBe(false)
})

test('room that does not help is tried ever more seldom, and a machine that ran starts afresh', () => {
  const waits = [LOOK_FOR_ROOM_MS]
  for (let relapse = 0; relapse < 10; relapse++) waits.push(waitMs(waits.at(-1) ?? 0, RELAPSE_MS - 1))
  expect(waits.slice(0, 4)).toEqual([1, 2, 4, 8].map((times) => times * LOOK_FOR_ROOM_MS))
  expect(waits.at(-1)).toBe(LONGEST_WAIT_MS)
  expect(waitMs(LONGEST_WAIT_MS, RELAPSE_MS)).toBe(LOOK_FOR_ROOM_MS)
})
