import { expect, test } from 'vitest'
import { ERRORS } from './codes.ts'
import { AppError, causeChain, refusal, refuse } from './errors.ts'
import { REASONS, type ReasonName, renderReason } from './reasons.ts'

const names = Object.keys(REASONS) as ReasonName[]
const factsIn = (template: string): string[] =>
  [...new Set([...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? ''))].sort()

test.each(names)('%s: Chinese names no fact that English does not, and its code is of the table', (name) => {
  const { en, zh, code } = REASONS[name]
  expect(factsIn(en)).toEqual(expect.arrayContaining(factsIn(zh)))
  expect(ERRORS[code].status).toBeGreaterThanOrEqual(400)
  expect(en).toMatch(/[.?}]$/)
  expect(zh).toMatch(/[\u4e00-\u9fff]/)
})

test('a message is rendered from its facts, in both languages', () => {
  const { reason, facts } = refusal('name_taken', { kind: 'VM', name: 'web' })
  expect(renderReason(reason, facts)).toBe('The name "web" is taken by another VM. Choose another name.')
  expect(renderReason(reason, facts, 'zh')).toContain('“web”')
})

test("a message never holds its cause's text; the log's chain does", () => {
  const error = refuse('no_host', {}, { cause: new Error('ECONNREFUSED /run/agent.sock') })
  expect(error).toBeInstanceOf(AppError)
  expect(error.message).not.toContain('ECONNREFUSED')
  expect(causeChain(error)).toContain('ECONNREFUSED')
})
