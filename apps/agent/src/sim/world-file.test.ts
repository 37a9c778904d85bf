import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { WorldChange } from './simulated-world.ts'
import { WorldFile } from './world-file.ts'

const SIZE = { hosts: 2, vms: 10 }
const VM = '11111111-2222-4333-8444-555555555555'
const VOLUME = '99999999-2222-4333-8444-555555555555'
let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'viv-world-'))
  path = join(folder, 'sub/world')
})
afterEach(() => rmSync(folder, { recursive: true }))

const stopped = (resets: number): WorldChange => ({
  status: { vmId: VM, state: 'stopped', appliedRevision: 1, observedAt: '', resets },
})

function write(...changes: WorldChange[]): void {
  using file = new WorldFile(path, SIZE)
  for (const change of changes) file.append(1, change)
}

function read(): { hostIndex: number; change: WorldChange }[] {
  using file = new WorldFile(path, SIZE)
  return [...file.changes()]
}

test('tells the last word about each thing', () => {
  write(stopped(1), stopped(2), { volume: VOLUME, isThere: true })
  write(stopped(3), { volume: VOLUME, isThere: false })
  expect(read()).toEqual([
    { hostIndex: 1, change: stopped(3) },
    { hostIndex: 1, change: { volume: VOLUME, isThere: false } },
  ])
})

test('a VM that is gone stays gone, and nothing of its config is kept', () => {
  const config = { vmId: VM, name: 'web', uidIndex: 1, revision: 1, hardware: {} as never }
  write(stopped(1), { config }, { gone: VM })
  expect(read()).toEqual([{ hostIndex: 1, change: { gone: VM } }])
})

test('a torn last line is dropped, and what comes after it is whole', () => {
  write(stopped(1))
  appendFileSync(path, '[1,{"status":{"vmId":"')
  write({ volume: VOLUME, isThere: true })
  expect(read()).toHaveLength(2)
})

test('a world of another size is refused', () => {
  write(stopped(1))
  expect(() => new WorldFile(path, { ...SIZE, vms: 11 })).toThrow('of another platform')
  expect(read()).toHaveLength(1)
})

test('does not grow without end', () => {
  const large: WorldChange = { status: { ...stopped(0), vmId: VM, observedAt: 'x'.repeat(100_000) } as never }
  using file = new WorldFile(path, SIZE)
  for (let n = 0; n < 1_500; n++) file.append(0, large)
  expect(statSync(path).size).toBeLessThan(100 * 1024 * 1024)
  expect([...file.changes()]).toHaveLength(1)
})
