import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { LogFile } from './log-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'viv-log-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const read = (name: string): string => readFileSync(join(folder, name), 'utf8')

it('goes on with the log of an earlier run', () => {
  for (const line of ['first', 'second']) {
    using log = new LogFile(join(folder, 'a.log'))
    log.write(line)
  }
  expect(read('a.log')).toBe('first\nsecond\n')
})

it('never grows past its bound, and keeps the one before it alone', () => {
  using log = new LogFile(join(folder, 'a.log'), 10)
  for (const line of ['1111', '2222', '3333', '4444', '5555']) log.write(line)
  expect(read('a.log')).toBe('5555\n')
  expect(read('a.log.1')).toBe('3333\n4444\n')
  expect(readdirSync(folder)).toHaveLength(2)
})

it('counts what an earlier run wrote towards the bound', () => {
  for (const line of ['11111', '22222']) {
    using log = new LogFile(join(folder, 'a.log'), 10)
    log.write(line)
  }
  expect(read('a.log')).toBe('22222\n')
  expect(read('a.log.1')).toBe('11111\n')
})
