import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { PackedFile, VmPackage } from '@viv/api'
import { foldersOf } from '@viv/common'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Viv } from '../../apps/cli/test/viv.ts'
import { audit } from '../support/audit.ts'
import { Installation, until } from '../support/installation.ts'
import { Serial } from '../support/serial.ts'

let viv: Installation
/** Where what was packed is carried to. */
let other: Installation
let folder: string
let cli: Viv
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viv-pack-'))
  viv = await Installation.create()
  other = await Installation.create()
  cli = new Viv()
})
afterAll(async () => {
  cli?.[Symbol.dispose]()
  await viv?.[Symbol.asyncDispose]()
  await other?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const params = (vmId: string) => ({ params: { vmId } })
const run = (...args: string[]) => cli.run(['--root', viv.root, ...args])
const runThere = (...args: string[]) => cli.run(['--root', other.root, ...args])
const qemuImg = (...args: string[]) => promisify(execFile)('qemu-img', args)
const info = async (file: string) =>
  JSON.parse((await qemuImg('info', '--output=json', file)).stdout) as Record<string, unknown>

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
  for (const file of description.files ?? []) expect(await fileOf(target, file.name)).toEqual(file)
  expect(description.files?.map(({ sizeBytes }) => sizeBytes > 0)).toEqual([true, true, true, true])
  for (const disk of ['disk-1.qcow2', 'disk-2.qcow2']) {
    expect(await info(join(target, disk))).not.toHaveProperty('backing-filename')
  }
  expect(await info(join(target, 'disk-2.qcow2'))).toMatchObject({ 'virtual-size': 16 * 1024 ** 2 })
  const raw = join(folder, 'disk.raw')
  await qemuImg('convert', '-O', 'raw', join(target, 'disk-1.qcow2'), raw)
  expect((await readFile(raw)).includes('kept-by-the-package')).toBe(true)
})

/** What a package says, and its files' own sums: two that are equal hold the same machine. */
const descriptionOf = async (path: string) =>
  JSON.parse(await readFile(join(path, 'vm.json'), 'utf8')) as Required<VmPackage>

test('what was packed is the same machine in another installation', async () => {
  const target = join(folder, 'web')
  expect(await runThere('vm', 'adopt', target, '--plan')).toMatchObject({ code: 0 })
  const { code, stderr } = await runThere('vm', 'adopt', target)
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect(await audit(other)).toEqual([])
  // Packed there again it has the same bytes: disks, UEFI's variables, the TPM's secrets, and MACs.
  const back = join(folder, 'back')
  expect(await runThere('vm', 'pack', 'web', back)).toMatchObject({ code: 0 })
  expect(await descriptionOf(back)).toEqual(await descriptionOf(target))
  const vmId = (await other.client.vmList()).items[0]?.id ?? ''
  await other.follow(await other.client.vmStart(params(vmId)))
  using serial = await Serial.open(other.root, vmId)
  await serial.expect('login:', 120_000)
  await serial.logIn()
  serial.type('cat /root/note /sys/class/net/eth0/address; echo do""ne\r')
  const said = await serial.expect('done')
  expect(said).toContain('kept-by-the-package')
  expect(said).toContain((await descriptionOf(target)).hardware.nics[0]?.mac)
  await other.follow(await other.client.vmStop({ ...params(vmId), body: { mode: 'force' } }))
})

/** What somebody did to a package, and the words that refuse it. */
const TAMPERED: readonly (readonly [string, (path: string) => Promise<unknown>, string])[] = [
  [
    'a byte is another',
    async (path) => {
      const bytes = await readFile(join(path, 'disk-2.qcow2'))
      bytes[bytes.length - 1] = 255 - (bytes.at(-1) ?? 0)
      await writeFile(join(path, 'disk-2.qcow2'), bytes)
    },
    'SHA-256',
  ],
  [
    'a disk is a link',
    async (path) => {
      await rm(join(path, 'disk-2.qcow2'))
      await symlink('/etc/shadow', join(path, 'disk-2.qcow2'))
    },
    'no plain file',
  ],
  [
    'a disk names a backing file of the host',
    async (path) => {
      await qemuImg('rebase', '-u', '-f', 'qcow2', '-b', '/etc/shadow', '-F', 'raw', join(path, 'disk-2.qcow2'))
      await fitSums(path)
    },
    'backing file',
  ],
  [
    'a disk names a data file of the host',
    async (path) => {
      const disk = join(path, 'disk-2.qcow2')
      await rm(disk)
      await qemuImg(
        'create',
        '-q',
        '-f',
        'qcow2',
        '-o',
        `data_file=${join(path, 'data')},data_file_raw=on`,
        disk,
        '16M',
      )
      await fitSums(path)
    },
    'keeps its data in another file',
  ],
  ['its version is another', (path) => describe(path, (description) => ({ ...description, version: 2 })), 'version 2'],
  [
    'it has a field too many',
    (path) =>
      describe(path, ({ hardware, ...more }) => ({ ...more, hardware: { ...hardware, kernel: '/boot/vmlinuz' } })),
    '"hardware.kernel" in vm.json is not known',
  ],
  [
    'two disks are at one slot',
    (path) =>
      describe(path, ({ hardware, ...more }) => ({
        ...more,
        hardware: { ...hardware, disks: [hardware.disks[0], hardware.disks[0]] },
      })),
    'each once',
  ],
]

async function describe(path: string, change: (description: Required<VmPackage>) => object): Promise<void> {
  await writeFile(join(path, 'vm.json'), JSON.stringify(change(await descriptionOf(path))))
}

/** Makes vm.json say what its files are now: whoever writes the one can write the other. */
async function fitSums(path: string): Promise<void> {
  const { files } = await descriptionOf(path)
  const fitting = await Promise.all(files.map(({ name }) => fileOf(path, name)))
  await describe(path, (description) => ({ ...description, files: fitting }))
}

async function fileOf(path: string, name: string): Promise<PackedFile> {
  const content = await readFile(join(path, name))
  return { name, sizeBytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }
}

test.each(TAMPERED)('a package is refused where %s, and nothing of it stays', async (_what, tamper, words) => {
  const spoilt = join(folder, 'spoilt')
  await cp(join(folder, 'back'), spoilt, { recursive: true })
  try {
    await tamper(spoilt)
    const { code, stdout, stderr } = await runThere('vm', 'adopt', spoilt, '--name', 'spoilt')
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: expect.stringContaining(words) as string })
    expect([1, 2]).toContain(code)
    expect(await audit(other)).toEqual([])
    expect((await other.client.vmList()).items.map(({ name }) => name)).toEqual(['web'])
  } finally {
    await rm(spoilt, { recursive: true })
  }
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
  await qemuImg('rebase', '-u', '-f', 'qcow2', '-b', '/etc/shadow', '-F', 'raw', disk)
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
