import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type JournalEntry, OpJournal } from './op-journal.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viv-journal-'))
  path = join(folder, 'ops')
})
afterEach(() => rm(folder, { recursive: true }))

const entry = (id: string, state: JournalEntry['state'], at = new Date().toISOString()): JournalEntry => ({
  id,
  kind: 'vmStart',
  attempt: 1,
  state,
  at,
})

async function write(...entries: JournalEntry[]): Promise<void> {
  const { journal } = await OpJournal.open(path)
  await Promise.all(entries.map((each) => journal.append(each, true)))
  await journal[Symbol.asyncDispose]()
}

async function read(): Promise<JournalEntry[]> {
  const { journal, entries } = await OpJournal.open(path)
  await journal[Symbol.asyncDispose]()
  return entries
}

test('remembers the last word about every operation', async () => {
  await write(entry('a', 'running'), entry('b', 'running'), entry('a', 'succeeded'))
  expect((await read()).map(({ id, state }) => `${id} ${state}`)).toEqual(['a succeeded', 'b running'])
})

test('drops a line that a power failure tore, and nothing before it', async () => {
  await write(entry('a', 'succeeded'), entry('b', 'running'))
  const whole = await readFile(path, 'utf8')
  await writeFile(path, whole.slice(0, -7))
  expect((await read()).map(({ id }) => id)).toEqual(['a'])
})

test('refuses a journal that is damaged in the middle', async () => {
  await write(entry('a', 'succeeded'), entry('b', 'running'))
  const whole = await readFile(path, 'utf8')
  await writeFile(path, whole.replace('"id":"a"', '"id":"x"'))
  await expect(OpJournal.open(path)).rejects.toThrow('damaged in line 2')
})

test('forgets what is older than a day and keeps tombstones until then', async () => {
  await write(entry('old', 'undone', '2020-01-01T00:00:00.000Z'), entry('new', 'undone'))
  expect((await read()).map(({ id }) => id)).toEqual(['new'])
})

test('refuses a file of another format whole', async () => {
  await appendFile(path, 'vivarium-ops-2\n')
  await expect(OpJournal.open(path)).rejects.toThrow('not a journal that this version knows')
})
