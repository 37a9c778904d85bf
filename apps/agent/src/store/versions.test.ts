import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { VmConfig } from '../domain/contract.ts'
import { BootFile } from './boot-record.ts'
import { VmFolders } from './vm-folders.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viv-versions-'))
})
afterEach(() => rm(folder, { recursive: true }))

const config = { vmId: 'a', name: 'web', uidIndex: 1, revision: 3, hardware: {} } as unknown as VmConfig

test('a vm.json of the version before is read: what came since is simply not there', async () => {
  const folders = new VmFolders(folder)
  await folders.write({ ...config, autostart: { order: 1, delaySeconds: 2 } })
  expect(await folders.list()).toEqual([{ ...config, autostart: { order: 1, delaySeconds: 2 } }])
  await writeFile(join(folder, 'a', 'vm.json'), JSON.stringify({ format: 1, ...config }))
  expect(await folders.list()).toEqual([config])
})

test('a vm.json of a newer version is refused whole, by its name, and left as it is', async () => {
  await mkdir(join(folder, 'a'))
  const text = JSON.stringify({ format: 2, ...config })
  await writeFile(join(folder, 'a', 'vm.json'), text)
  await expect(new VmFolders(folder).list()).rejects.toThrow(/vm\.json has format 2; this version knows 1/)
  expect(await readFile(join(folder, 'a', 'vm.json'), 'utf8')).toBe(text)
})

test('the note of the last start of the host is kept, in the order in which it was written', async () => {
  const path = join(folder, 'boot.json')
  const file = new BootFile(path)
  expect(await file.read()).toBeUndefined()
  const notes = ['one', 'two', 'three'].map((bootId) =>
    file.write({ bootId, turns: [{ vmId: 'a', state: 'waiting' }] }),
  )
  await Promise.all(notes)
  expect(await new BootFile(path).read()).toEqual({ bootId: 'three', turns: [{ vmId: 'a', state: 'waiting' }] })
  await writeFile(path, '{"format":2}')
  await expect(file.read()).rejects.toThrow('has format 2; this version knows 1')
})
