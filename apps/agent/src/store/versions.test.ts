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
  const autostart = { order: 1, delaySeconds: 2 }
  expect(await folders.list()).toEqual({ configs: [{ ...config, autostart }], unreadable: [] })
  await writeFile(join(folder, 'a', 'vm.json'), JSON.stringify({ format: 1, ...config }))
  expect((await folders.list()).configs).toEqual([config])
})

async function described(vmId: string, text: string): Promise<string> {
  await mkdir(join(folder, vmId))
  await writeFile(join(folder, vmId, 'vm.json'), text)
  return text
}

test('a vm.json of a newer version is refused whole, by its name, and left as it is; the others are read', async () => {
  const text = await described('a', JSON.stringify({ format: 2, hardware: { of: 'tomorrow' }, uidIndex: 1 }))
  const folders = new VmFolders(folder)
  await folders.write({ ...config, vmId: 'b' })
  const { configs, unreadable } = await folders.list()
  expect(configs).toEqual([{ ...config, vmId: 'b' }])
  const facts = { name: 'a', file: join(folder, 'a', 'vm.json'), format: 2, known: 1 }
  expect(unreadable).toMatchObject([
    { vmId: 'a', uidIndex: 1, why: { refusals: [{ reason: 'vm_description_newer', facts }] } },
  ])
  await expect(folders.find('a')).rejects.toThrow('has format 2')
  expect(await readFile(join(folder, 'a', 'vm.json'), 'utf8')).toBe(text)
})

test.each([
  '',
  '{"format":1,"vmId":"a","uidInd',
  'null',
  '7',
  '[]',
  '{}',
  '{"format":"2"}',
  '{"format":0.5}',
  JSON.stringify({ format: 1, ...config, vmId: 'another' }),
  JSON.stringify({ format: 1, vmId: 'a' }),
])('a vm.json with %j is held back as one that no version wrote', async (text) => {
  await described('a', text)
  const { configs, unreadable } = await new VmFolders(folder).list()
  expect(configs).toEqual([])
  expect(unreadable).toMatchObject([{ vmId: 'a', why: { refusals: [{ reason: 'vm_description_damaged' }] } }])
  expect(await readFile(join(folder, 'a', 'vm.json'), 'utf8')).toBe(text)
})

test('a vm.json that is no file is held back too', async () => {
  await mkdir(join(folder, 'a', 'vm.json'), { recursive: true })
  const { unreadable } = await new VmFolders(folder).list()
  expect(unreadable).toMatchObject([{ vmId: 'a', why: { refusals: [{ reason: 'vm_description_damaged' }] } }])
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
