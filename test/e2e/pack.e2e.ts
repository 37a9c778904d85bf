import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { VmPackage } from '@viv/api'
import { foldersOf } from '@viv/common'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Viv } from '../../apps/cli/test/viv.ts'
import { audit } from '../support/audit.ts'
import { Installation, until } from '../support/installation.ts'
import { Serial } from '../support/serial.ts'

let viv: Installation
let folder: string
let cli: Viv
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viv-pack-'))
  viv = await Installation.create()
  cli = new Viv()
})
afterAll(async () => {
  cli?.[Symbol.dispose]()
  await viv?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const params = (vmId: string) => ({ params: { vmId } })
const run = (...args: string[]) => cli.run(['--root', viv.root, ...args])
const info = async (file: string) =>
  JSON.parse((await promisify(execFile)('qemu-img', ['info', '--output=json', file])).stdout) as Record<string, unknown>

test('a VM is packed into one folder that needs nothing else', async () => {
  const web = await viv.vmCreate('web', {
    firmware: 'uefi',
    tpm: true,
    memoryMib: 256,
    disks: [{ sizeMib: 16 }],
    start: true,
  })
  {
    using serial = await Serial.open(viv.root, web.id)
    await serial.expect('login:', 120_000)
    await serial.logIn()
    serial.type('echo kept-by-the-package > /root/note; sync; echo do""ne\r')
    await serial.expect('done')
  }
  const target = join(folder, 'web')
  expect(await run('vm', 'pack', 'web', target)).toMatchObject({ code: 1, stderr: expect.stringContaining('running') })
  await viv.follow(await viv.client.vmStop({ ...params(web.id), body: {} }))
  const { code, stdout, stderr } = await run('vm', 'pack', 'web', target)
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect(stdout).toContain('1 of its disks needed an image below')
  expect(stdout).toContain('TPM')
  // Nothing of it stays on the host, and the VM may start.
  expect(await audit(viv)).toEqual([])
  const files = ['disk-1.qcow2', 'disk-2.qcow2', 'tpm-state', 'uefi-variables.fd', 'vm.json']
  expect((await readdir(target)).sort()).toEqual(files)
  for (const name of files) expect((await stat(join(target, name))).mode & 0o777, name).toBe(0o600)
  const text = await readFile(join(target, 'vm.json'), 'utf8')
  const description = JSON.parse(text) as VmPackage
  expect(description).toMatchObject({ format: 'vivarium-vm', version: 1, name: 'web', hardware: { firmware: 'uefi' } })
  // Nothing of the installation: no id, no path, no uid.
  expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-|volumeId|uidIndex|\//)
  for (const { name, sizeBytes, sha256 } of description.files ?? []) {
    const content = await readFile(join(target, name))
    expect({ size: content.length, sha256: createHash('sha256').update(content).digest('hex') }).toEqual({
      size: sizeBytes,
      sha256,
    })
  }
  expect(description.files?.map(({ sizeBytes }) => sizeBytes > 0)).toEqual([true, true, true, true])
  for (const disk of ['disk-1.qcow2', 'disk-2.qcow2']) {
    expect(await info(join(target, disk))).not.toHaveProperty('backing-filename')
  }
  expect(await info(join(target, 'disk-2.qcow2'))).toMatchObject({ 'virtual-size': 16 * 1024 ** 2 })
  const raw = join(folder, 'disk.raw')
  await promisify(execFile)('qemu-img', ['convert', '-O', 'raw', join(target, 'disk-1.qcow2'), raw])
  expect((await readFile(raw)).includes('kept-by-the-package')).toBe(true)
})

test('nothing is written over, and what stands in the way is told', async () => {
  const full = join(folder, 'full')
  await mkdir(full)
  await writeFile(join(full, 'mine'), 'mine')
  await viv.vmCreate('other')
  expect(await run('vm', 'pack', 'other', full)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('not empty'),
  })
  expect(await readdir(full)).toEqual(['mine'])
  const partial = join(folder, 'next.partial')
  await mkdir(partial)
  const cutOff = await run('vm', 'pack', 'other', join(folder, 'next'))
  expect(cutOff).toMatchObject({ code: 1, stderr: expect.stringContaining(`rm -r ${partial}`) })
  const plan = await run('vm', 'pack', 'other', join(folder, 'planned'), '--plan')
  expect(plan).toMatchObject({ code: 0, stdout: expect.stringContaining('whole copies are made') })
  expect(await readdir(folder)).not.toContain('planned')
  expect(await audit(viv)).toEqual([])
})

test('a disk that was made to name a file of the host is not handed out', async () => {
  const { hardware } = await viv.vmCreate('evil', { disks: [{ sizeMib: 8 }] })
  const { datastores } = foldersOf(viv.root)
  const [datastore = ''] = (await readdir(datastores)).filter((name) => !name.endsWith('.json'))
  const disk = join(datastores, datastore, 'volumes', hardware.disks[1]?.volumeId ?? '', 'disk.qcow2')
  await promisify(execFile)('qemu-img', ['rebase', '-u', '-f', 'qcow2', '-b', '/etc/shadow', '-F', 'raw', disk])
  const refused = await run('vm', 'pack', 'evil', join(folder, 'evil'))
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('backing file') })
  expect((await readdir(folder)).filter((name) => name.startsWith('evil'))).toEqual([])
  await until('its task is over', async () =>
    (await viv.client.vmList()).items.every(({ taskId }) => taskId === undefined),
  )
  expect(await audit(viv)).toEqual([])
})

test('a reader that breaks off costs the host nothing', async () => {
  const vm = await viv.vmCreate('left')
  const begun = await viv.client.vmPack(params(vm.id))
  await viv.client.taskCancel({ params: { taskId: begun.id } })
  const last = await viv.client.taskGet({ params: { taskId: begun.id }, query: { wait: '30' } })
  expect(last.state).toBe('cancelled')
  expect(await audit(viv)).toEqual([])
  await expect(viv.client.vmPackage(params(vm.id))).rejects.toMatchObject({ code: 'invalid_state' })
})
