import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type JournalEntry, OpJournal } from '../src/store/op-journal.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viv-full-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'viv-test', folder])
})
afterEach(async () => {
  execFileSync('umount', ['--lazy', folder])
  await rm(folder, { recursive: true })
})

const entry = (id: string): JournalEntry => ({
  id,
  kind: 'vmStart',
  attempt: 1,
  state: 'succeeded',
  at: new Date().toISOString(),
})

test('a disk that was full for a while costs the entries of that while, and no other', async () => {
  const path = join(folder, 'ops')
  const { journal } = await OpJournal.open(path)
  await journal.append(entry('before'), true)
  await writeFile(join(folder, 'ballast'), Buffer.alloc(52 * 1024))
  let failed = 0
  for (let count = 0; failed === 0 && count < 200; count++) {
    await journal.append(entry(`fill-${count}`), true).catch(() => {
      failed += 1
    })
  }
  expect(failed).toBe(1)
  await rm(join(folder, 'ballast'))
  await journal.append(entry('after'), true)
  await journal[Symbol.asyncDispose]()
  const { entries, journal: again } = await OpJournal.open(path)
  await again[Symbol.asyncDispose]()
  expect(entries.map(({ id }) => id)).toEqual(expect.arrayContaining(['before', 'fill-0', 'after']))
})
