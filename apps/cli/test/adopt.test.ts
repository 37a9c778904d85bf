import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { cp, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { VmPackage } from '@viv/api'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { Platform, until } from '../../manager/test/platform.ts'
import { Viv } from './viv.ts'

/** One platform packs, the other takes in. */
let there: Platform
let here: Platform
let viv: Viv
let folder: string
let web: string
beforeAll(async () => {
  there = await Platform.start()
  here = await Platform.start({ hostId: '88888888-8888-4888-8888-888888888888' })
  viv = new Viv({ VIV_ROOT: here.folder })
  folder = await mkdtemp(join(tmpdir(), 'viv-adopt-'))
  web = join(folder, 'web')
  await there.vm('web', { disks: [{ sizeMib: 64 }], firmware: 'uefi', tpm: true, notes: 'of the shop', tags: ['shop'] })
  await viv.json(['--root', there.folder, 'vm', 'pack', 'web', web])
})
afterAll(async () => {
  viv?.[Symbol.dispose]()
  await there?.[Symbol.asyncDispose]()
  await here?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const adopt = (path: string, ...more: string[]) => viv.run(['vm', 'adopt', path, ...more])
const volumes = () => new Set(here.agent?.host.world.volumes)
const names = async () => ((await viv.json(['vm', 'list']))['items'] as { name: string }[]).map(({ name }) => name)
const macOf = async (...args: string[]) =>
  ((await viv.json([...args]))['hardware'] as { nics: { mac: string }[] }).nics[0]?.mac

/** The package once more, to be spoilt. */
let copies = 0
let copy: string
beforeEach(async () => {
  copy = join(folder, `copy-${++copies}`)
  await cp(web, copy, { recursive: true })
})
async function describe(change: (description: VmPackage) => unknown): Promise<void> {
  const file = join(copy, 'vm.json')
  await writeFile(file, JSON.stringify(change(JSON.parse(await readFile(file, 'utf8')) as VmPackage)))
}

test('a plan tells what would be made, and makes nothing', async () => {
  const before = volumes()
  const { code, stdout } = await adopt(web, '--plan')
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('It would do this:') })
  expect(stdout).toContain('TPM')
  expect(await names()).toEqual([])
  expect(volumes()).toEqual(before)
})

test('a packed VM is there as it was, and once more under another name', async () => {
  const taken = await adopt(web)
  expect(taken).toMatchObject({ code: 0, stdout: expect.stringContaining('Start it: viv vm start web\n') })
  expect(taken.stdout).toContain(`VM "web" is taken in from ${web} (`)
  expect(taken.stdout).toContain('TPM')
  expect(await viv.json(['vm', 'show', 'web'])).toMatchObject({
    state: 'stopped',
    notes: 'of the shop',
    tags: ['shop'],
    hardware: { disks: [{ slot: 1 }, { slot: 2 }], firmware: 'uefi', tpm: true },
  })
  const mac = await macOf('vm', 'show', 'web')
  expect(mac).toBe(await macOf('--root', there.folder, 'vm', 'show', 'web'))

  const again = await adopt(web)
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('the same command with --name web-2') })
  const second = await adopt(web, '--name', 'web-2', '--start', '-o', 'json')
  expect(second).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(second.stdout)).toMatchObject({ action: 'vmStart', state: 'succeeded', target: { name: 'web-2' } })
  expect(await viv.json(['vm', 'show', 'web-2'])).toMatchObject({ state: 'running' })
  expect(await macOf('vm', 'show', 'web-2')).not.toBe(mac)
})

test('a file that is not the one that was packed is refused, and nothing stays: the name is free at once', async () => {
  const [before, known] = [volumes(), await names()]
  const disk = join(copy, 'disk-2.qcow2')
  const bytes = await readFile(disk)
  bytes[0] = (bytes[0] ?? 0) ^ 1
  await writeFile(disk, bytes)
  const { code, stderr } = await adopt(copy, '--name', 'spoilt')
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('disk-2.qcow2') })
  expect(await names()).toEqual(known)
  expect(volumes()).toEqual(before)
  expect(await adopt(web, '--name', 'spoilt')).toMatchObject({ code: 0 })
})

test('a folder that does not fit its description begins nothing', async () => {
  const before = await viv.json(['task', 'list'])
  const refused = (words: string) => ({ code: 2, stdout: '', stderr: expect.stringContaining(words) as string })
  await describe((description) => ({ ...description, version: 2 }))
  expect(await adopt(copy)).toEqual(refused('vm.json is of version 2'))
  await describe((description) => ({ ...description, version: 1, path: '/etc/shadow' }))
  expect(await adopt(copy, '--plan')).toEqual(refused('"path" in vm.json is not known here'))
  await writeFile(join(copy, 'vm.json'), '{"\x1b[2J": 1, "\x1b[2J": 2}')
  const { stderr } = await adopt(copy)
  expect(stderr).toContain('vm.json is not plain JSON')
  expect(stderr).not.toContain('\x1b')
  await cp(join(web, 'vm.json'), join(copy, 'vm.json'))
  await rm(join(copy, 'disk-1.qcow2'))
  await symlink('/etc/shadow', join(copy, 'disk-1.qcow2'))
  expect(await adopt(copy)).toEqual(refused('disk-1.qcow2'))
  expect(await adopt(join(folder, 'absent'))).toEqual(refused('There is no folder'))
  expect(await viv.json(['task', 'list'])).toEqual(before)
})

test('Ctrl-C while bytes go out leaves nothing', async () => {
  const [before, known] = [volumes(), await names()]
  const sizeBytes = 4 * 1024 ** 3
  await truncate(join(copy, 'disk-1.qcow2'), sizeBytes)
  await describe((description) => ({
    ...description,
    files: description.files?.map((file) => (file.name === 'disk-1.qcow2' ? { ...file, sizeBytes } : file)),
  }))
  const { child, stderr, outcome } = viv.start(['vm', 'adopt', copy, '--name', 'left'])
  await until(() => stderr().includes('sending disk-1.qcow2'))
  child.kill('SIGINT')
  expect(await outcome).toMatchObject({ code: 130, stderr: expect.stringContaining('nothing of the VM is kept') })
  await until(async () => (await names()).length === known.length)
  expect(await names()).toEqual(known)
  expect(volumes()).toEqual(before)
})

test('an agent and a manager that are restarted meanwhile get the files again', async () => {
  const sizeBytes = 384 * 1024 ** 2
  const disk = join(copy, 'disk-1.qcow2')
  await truncate(disk, sizeBytes)
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(disk, { highWaterMark: 1024 ** 2 })) hash.update(chunk as Buffer)
  const sha256 = hash.digest('hex')
  await describe((description) => ({
    ...description,
    files: description.files?.map((file) => (file.name === 'disk-1.qcow2' ? { ...file, sizeBytes, sha256 } : file)),
  }))
  const { stderr, outcome } = viv.start(['vm', 'adopt', copy, '--name', 'patient'])
  const sendings = () => stderr().match(/^sending disk-1\.qcow2$/gm)?.length ?? 0
  await until(() => sendings() === 1)
  await here.stopAgent()
  await here.startAgent()
  await until(() => sendings() === 2)
  await here.stopManager()
  await here.startManager()
  expect(await outcome).toMatchObject({ code: 0, stdout: expect.stringContaining('VM "patient" is taken in') })
})
