import { expect, test } from 'vitest'
import { nearestName } from './nearest.ts'

test('finds the field that a slip of the hand meant', () => {
  expect(nearestName('paln', ['plan', 'wait'])).toBe('plan')
  expect(nearestName('memoryMiB', ['memoryMib', 'name'])).toBe('memoryMib')
  expect(nearestName('nmae', ['name', 'cpus'])).toBe('name')
})

test('guesses nothing where nothing is close', () => {
  expect(nearestName('frobnicate', ['name', 'cpus'])).toBeUndefined()
})
