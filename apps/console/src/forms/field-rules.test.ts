import { TokenCreate, VmCreate } from '@viv/api'
import { expect, test } from 'vitest'
import { say as sayIn, type Say } from '../words/say.ts'
import { fieldProblem } from './field-rules.ts'

const say: Say = (key, ...given) => sayIn('en', key, ...given)
const problem = (field: 'name' | 'cpus' | 'memoryMib', value: unknown) =>
  fieldProblem(VmCreate.properties[field], value, say)

test.each(['web', 'a', 'web-1.example_2'])('the contract takes the name %s', (name) =>
  expect(problem('name', name)).toBeUndefined(),
)

test.each([
  ['', 'At least 1 characters.'],
  ['a'.repeat(64), 'At most 63 characters.'],
  ['-web', 'Letters, digits, dots'],
  ['my vm', 'Letters, digits, dots'],
])('the contract refuses the name %j', (name, words) => expect(problem('name', name)).toContain(words))

test('numbers are held to the limits of the contract', () => {
  expect(problem('cpus', 1)).toBeUndefined()
  expect(problem('cpus', 0)).toBe('At least 1.')
  expect(problem('cpus', 289)).toBe('At most 288.')
  expect(problem('cpus', 1.5)).toBe('A whole number.')
  expect(problem('memoryMib', 63)).toBe('At least 64.')
  expect(fieldProblem(TokenCreate.properties.days, 3651, say)).toBe('At most 3650.')
})
