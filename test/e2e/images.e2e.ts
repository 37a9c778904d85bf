import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit } from '../support/audit.ts'
import { CACHE, Installation } from '../support/installation.ts'
import { Serial } from '../support/serial.ts'
import { upload } from '../support/upload.ts'

const run = promisify(execFile)
let viv: Installation
let folder: string
let micro: string
beforeAll(async () => {
  viv = await Installation.create()
  folder = await mkdtemp(join(tmpdir(), 'viv-images-'))
  await viv.follow(await viv.client.imageBuild({ params: { imageId: await viv.image() } }))
  const [name = ''] = (await readdir(CACHE)).filter((file) => file.endsWith('.qcow2'))
  micro = join(CACHE, name)
})
afterAll(async () => {
  await viv?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function remove(name: string): Promise<void> {
  await viv.follow(await viv.client.imageDelete({ params: { imageId: await viv.image(name) } }))
}

test('a qcow2 that was streamed in boots, and cannot be deleted while a VM is based on it', async () => {
  expect(await upload(viv.root, { name: 'mine' }, micro)).toMatchObject({
    status: 201,
    body: { state: 'ready', format: 'qcow2' },
  })
  const imageId = await viv.image('mine')
  const vm = await viv.vmCreate('own', { imageId, start: true })
  {
    using serial = await Serial.open(viv.root, vm.id)
    await serial.expect('micro login:')
  }
  await expect(viv.client.imageDelete({ params: { imageId } })).rejects.toThrow('is the base of VM "own"')
  await viv.follow(await viv.client.vmStop({ params: { vmId: vm.id }, body: { mode: 'force' } }))
  await viv.follow(await viv.client.vmPurge({ params: { vmId: vm.id } }))
  await remove('mine')
  expect(await audit(viv)).toEqual([])
})

test('a kernel and an initrd boot without any disk', async () => {
  const raw = join(folder, 'micro.raw')
  await run('qemu-img', ['convert', '-O', 'raw', micro, raw])
  const { stdout } = await run('mdir', ['-b', '-i', `${raw}@@1M`, '::/'])
  const inside = stdout.split('\n').map((line) => line.trim())
  for (const kind of ['kernel', 'initrd'] as const) {
    const source = inside.find((path) => path.toLowerCase().includes(kind === 'kernel' ? 'vmlinuz' : 'initrd')) ?? ''
    await run('mcopy', ['-i', `${raw}@@1M`, source, join(folder, kind)])
    expect(await upload(viv.root, { name: kind, kind, format: 'raw' }, join(folder, kind))).toMatchObject({
      status: 201,
    })
  }
  const kernel = {
    kernelImageId: await viv.image('kernel'),
    initrdImageId: await viv.image('initrd'),
    commandLine: 'console=ttyS0',
  }
  const { client } = viv
  const task = await viv.follow(await client.vmCreate({ body: { name: 'bare', memoryMib: 256, kernel, start: true } }))
  const vmId = task.target.id
  {
    using serial = await Serial.open(viv.root, vmId)
    await serial.expect('Linux version')
  }
  await viv.follow(await client.vmStop({ params: { vmId }, body: { mode: 'force' } }))
  await viv.follow(await client.vmPurge({ params: { vmId } }))
  await remove('kernel')
  await remove('initrd')
  expect(await audit(viv)).toEqual([])
})

test('files that are not what they say are refused with the reason, and nothing of them is kept', async () => {
  await writeFile(join(folder, 'text'), 'this is no disk'.repeat(1000))
  expect(await upload(viv.root, { name: 'text' }, join(folder, 'text'))).toMatchObject({
    status: 422,
    body: { code: 'unprocessable' },
  })
  const hostile = join(folder, 'hostile.qcow2')
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-u', '-b', '/etc/shadow', '-F', 'raw', hostile, '64M'])
  const answer = await upload(viv.root, { name: 'hostile' }, hostile)
  expect(answer).toMatchObject({ status: 422, body: { message: expect.stringContaining('backing file') } })
  expect(
    await upload(viv.root, { name: 'no-kernel', kind: 'kernel', format: 'raw' }, join(folder, 'text')),
  ).toMatchObject({ status: 422 })
  expect((await viv.client.imageList()).items.map(({ name }) => name)).toEqual(['micro'])
  expect(await audit(viv)).toEqual([])
})

test('an upload that breaks off leaves nothing, and its name is free again', async () => {
  expect(await upload(viv.root, { name: 'cut' }, micro, 1_000_000)).toBe('cut')
  await expect
    .poll(async () => (await viv.client.imageList()).items.map(({ name }) => name), { timeout: 20_000 })
    .toEqual(['micro'])
  await expect.poll(() => audit(viv), { timeout: 20_000 }).toEqual([])
  expect(await upload(viv.root, { name: 'cut' }, micro)).toMatchObject({ status: 201 })
  await remove('cut')
})

test('a manager that dies in the middle of an upload: undone at its next start', async () => {
  const sending = upload(viv.root, { name: 'torn' }, micro, 5_000_000).catch(() => 'cut')
  await viv.kill('manager')
  await sending
  await viv.startManager()
  await viv.hostKnown()
  await expect
    .poll(async () => (await viv.client.imageList()).items.map(({ name }) => name), { timeout: 20_000 })
    .toEqual(['micro'])
  await expect.poll(() => audit(viv), { timeout: 20_000 }).toEqual([])
})
