import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { en } from '../../apps/console/src/words/en.ts'

const sources = globSync('apps/console/src/**/*.{ts,tsx}').filter((file) => !/\/(en|zh)\.ts$|\.test\.ts$/.test(file))

test('every word of the catalogue is said somewhere', () => {
  const text = sources.map((file) => readFileSync(file, 'utf8')).join('\n')
  // say(`tab.${key}`) and name('state', vm.state) say a family of words.
  const families = [...text.matchAll(/`([\w.]+)\.\$\{/g), ...text.matchAll(/\b(?:name|sayName)\((?:\w+, )?'([\w.]+)'/g)]
  const prefixes = new Set(families.map(([, prefix]) => `${prefix}.`))
  const named = /const NAMED[^=]*= \{([^}]*)\}/.exec(text)?.[1] ?? ''
  for (const [, prefix] of named.matchAll(/'(\w+)'/g)) prefixes.add(`${prefix}.`)
  expect(sources.length).toBeGreaterThan(40)
  const silent = Object.keys(en).filter(
    (key) => !text.includes(`'${key}'`) && ![...prefixes].some((prefix) => key.startsWith(prefix)),
  )
  expect(silent).toEqual([])
})
