import { expect, test } from 'vitest'
import { EFFECTS, effect, renderEffect, renderWarning, WARNINGS } from './effects.ts'

const factsIn = (template: string): string[] =>
  [...new Set([...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? ''))].sort()

test.each(Object.entries({ ...EFFECTS, ...WARNINGS }))(
  '%s: both languages name the same facts',
  (_name, { en, zh }) => {
    expect(factsIn(zh)).toEqual(factsIn(en))
    expect(en).toMatch(/\.$/)
    expect(zh).toMatch(/[\u4e00-\u9fff]/)
  },
)

test('an effect is rendered from its facts, in both languages', () => {
  const { effect: name, facts, when } = effect('vm_started', { name: 'web' })
  expect(when).toBe('now')
  expect(renderEffect(name, facts)).toBe('VM "web" is started.')
  expect(renderEffect(name, facts, 'zh')).toContain('“web”')
  expect(renderWarning('host_silent', { host: 'h1' })).toContain('"h1"')
})
