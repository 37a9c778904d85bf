import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** The repository's own rules. */
/** What is made here and not ours to keep: as .gitignore says. (A copy of the tree need not be a git checkout.) */
const MADE = /^(node_modules|\.cache|\.git|dist)$|\.log$/
const walk = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !MADE.test(name))
    .flatMap((entry) => (entry.isDirectory() ? walk(join(folder, entry.name)) : [join(folder, entry.name)]))
const files = walk('.')
const isTest = (file: string): boolean => /\.(test|e2e|test-suite|test-process)\.ts$|\/test\/|^test\//.test(file)
const isSource = (file: string): boolean =>
  /^(apps|libs)\/.*\.ts$/.test(file) && !isTest(file) && !file.includes('/generated/')
const sources = files.filter(isSource)
const lines = (file: string): number => readFileSync(file, 'utf8').split('\n').length - 1

test('source files have a median of at most 120 lines, and none over 400', () => {
  const sizes = sources.map(lines).sort((a, b) => a - b)
  expect(sizes.length).toBeGreaterThan(80)
  expect(sizes[Math.floor(sizes.length / 2)]).toBeLessThanOrEqual(120)
  expect(sources.filter((file) => lines(file) > 400)).toEqual([])
})

test('every folder of an app stands in the import table', () => {
  const table = readFileSync('.dependency-cruiser.cjs', 'utf8')
  const folders = new Set(
    sources.flatMap((file) => /^apps\/([^/]+)\/src\/([^/]+)\//.exec(file)?.slice(1, 3).join(' ') ?? []),
  )
  for (const folder of folders) {
    const [app, name] = folder.split(' ')
    const part = table.slice(table.indexOf(`'apps/${app}': {`))
    expect(part.slice(0, part.indexOf('},\n')), folder).toMatch(new RegExp(`\\b${name}: \\[`))
  }
})

test('every package stands in the README', () => {
  const readme = readFileSync('README.md', 'utf8')
  for (const file of files.filter((name) => /^(apps|libs)\/[^/]+\/package\.json$/.test(name))) {
    expect(readme).toContain(`\`${file.replace('/package.json', '')}\``)
  }
})

test('no test is left out or alone', () => {
  for (const file of files.filter((name) => /\.(test|e2e)\.ts$/.test(name) && name !== 'test/repo/repo.test.ts')) {
    expect(readFileSync(file, 'utf8'), file).not.toMatch(/\b(it|test|describe)\.(only|skip|todo)\b/)
  }
})

test('end-to-end tests stand in test/e2e alone', () => {
  expect(files.filter((file) => file.endsWith('.e2e.ts') && !file.startsWith('test/e2e/'))).toEqual([])
})

test('versions are exact everywhere', () => {
  for (const file of files.filter((name) => name.endsWith('package.json'))) {
    const {
      dependencies = {},
      devDependencies = {},
      optionalDependencies = {},
    } = JSON.parse(readFileSync(file, 'utf8'))
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
      expect(version, `${name} in ${file}`).toMatch(/^\d+\.\d+\.\d+/)
    }
  }
})
