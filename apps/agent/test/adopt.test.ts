import { execFile } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import type { VmHardware } from '@viv/common'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ovmf } from '../src/domain/firmware-files.ts'
import { Volumes } from '../src/storage/volumes.ts'

const run = promisify(execFile)
const OWNER = { uid: 2_146_000_001, gid: 2_146_000_001 }
const MIB = 1024 ** 2

let undo: AsyncDisposableStack
let folder: string
let volumes: Volumes
beforeEach(async () => {
  undo = new AsyncDisposableStack()
  folder = await mkdtemp(join(tmpdir(), 'viv-adopt-'))
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o711)
  const log = () => undefined
  volumes = await Volumes.open({ folder: join(folder, 'datastores'), imagesGid: 2_146_000_100, toolUid: 65534, log })
})
afterEach(() => undo.disposeAsync())

const work = () => ({ signal: new AbortController().signal })
const at = (volumeId: string, name = '') => join(folder, 'datastores', volumes.datastoreId, 'volumes', volumeId, name)
const refused = (reason: string, facts: object = {}) => ({ refusals: [{ reason, facts }] })

async function qcow2(name: string, ...options: string[]): Promise<string> {
  const file = join(folder, name)
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', ...options, file, '8M'])
  return file
}

async function received(content: Buffer) {
  const volumeId = randomUUID()
  await volumes.receive(volumeId, content.length, Readable.from([content]))
  return { slot: 2, volumeId, name: 'web', sizeBytes: content.length }
}

test("a disk that was sent becomes its VM's alone, and stands alone", async () => {
  const content = await readFile(await qcow2('disk.qcow2'))
  const disk = await received(content)
  expect(await volumes.adopt(disk, OWNER, work())).toEqual({ sizeMib: 8 })
  const { mode, uid, gid } = await stat(at(disk.volumeId, 'disk.qcow2'))
  expect({ mode: mode & 0o777, uid, gid }).toEqual({ mode: 0o600, ...OWNER })
  expect(await readdir(at(disk.volumeId))).toEqual(['disk.qcow2', 'volume.json'])
  expect(await volumes.chain(disk.volumeId)).toMatchObject([{ format: 'qcow2' }])
  expect(await volumes.room(disk.volumeId)).toMatchObject({ standsAlone: true })
  // Said again, as after a lost answer.
  await volumes.adopt(disk, OWNER, work())
  // A crash just before its record.
  await rm(at(disk.volumeId, 'volume.json'))
  await volumes.adopt(disk, OWNER, work())
  expect(await volumes.list()).toEqual([disk.volumeId])
})

test('a disk that names another file, or is cut off, is refused before a guest could have it', async () => {
  const secret = join(folder, 'secret')
  await writeFile(secret, randomBytes(8 * MIB))
  const overlay = await qcow2('overlay.qcow2', '-b', secret, '-F', 'raw')
  const external = await qcow2('external.qcow2', '-o', `data_file=${join(folder, 'data')},data_file_raw=on`)
  const whole = await readFile(await qcow2('whole.qcow2', '-o', 'preallocation=full'))
  const cases: readonly (readonly [Buffer, string])[] = [
    [await readFile(overlay), 'backing file'],
    [await readFile(external), 'another file'],
    [whole.subarray(0, 2 * MIB), 'qemu-img refuses it'],
    [randomBytes(4096), 'not a qcow2 file'],
  ]
  for (const [content, problem] of cases) {
    const disk = await received(content)
    const facts = { name: 'web', slot: 2, problem: expect.stringContaining(problem) }
    await expect(volumes.adopt(disk, OWNER, work())).rejects.toMatchObject(refused('disk_unusable', facts))
    await volumes.remove(disk.volumeId)
  }
  expect(await volumes.list()).toEqual([])
})

test('a link in its place is not followed', async () => {
  const disk = await received(await readFile(await qcow2('disk.qcow2')))
  await rename(at(disk.volumeId, 'incoming'), at(disk.volumeId, 'was'))
  await symlink(at(disk.volumeId, 'was'), at(disk.volumeId, 'incoming'))
  await expect(volumes.adopt(disk, OWNER, work())).rejects.toMatchObject({ code: 'ELOOP' })
})

const prepare = (memories: { variables?: Buffer; tpm?: Buffer }, more: Partial<VmHardware> = {}) => {
  const wanted = { firmware: 'uefi', tpm: true, ...more } as const
  const state = volumes.firmwareState(randomUUID())
  const received = { variables: memories.variables, tpm: memories.tpm }
  const done = state.prepare({ wanted, before: undefined, uid: OWNER.uid, source: undefined, received })
  return { done, state, hardware: wanted }
}

test('a machine begins with what its firmware and its TPM remembered elsewhere', async () => {
  const variables = Buffer.from(await readFile(ovmf(false).template))
  variables.write('remembered', 1000)
  const { done, state, hardware } = prepare({ variables, tpm: Buffer.from('keys') })
  await done
  const { firmware, tpmState } = await state.files({ name: 'web', hardware })
  expect((await readFile(firmware!.variables)).equals(variables)).toBe(true)
  expect(await readFile(join(tpmState!, 'tpm2-00.permall'), 'utf8')).toBe('keys')
  for (const file of [firmware!.variables, join(tpmState!, 'tpm2-00.permall')]) {
    const { mode, uid } = await stat(file)
    expect({ mode: mode & 0o777, uid }).toEqual({ mode: 0o600, uid: OWNER.uid })
  }
})

test('variables of another build are refused; a TPM that never ran begins afresh', async () => {
  const other = prepare({ variables: Buffer.alloc(131_072), tpm: Buffer.alloc(0) })
  await expect(other.done).rejects.toMatchObject(refused('variables_differ', { sizeBytes: 131_072 }))
  const fresh = prepare({ variables: await readFile(ovmf(false).template), tpm: Buffer.alloc(0) })
  await fresh.done
  const { tpmState } = await fresh.state.files({ name: 'web', hardware: fresh.hardware })
  expect(await readdir(tpmState!)).toEqual([])
})

test('what is read whole is small', async () => {
  const memory = await received(Buffer.alloc(2048))
  expect(await volumes.received(memory.volumeId, 2048)).toHaveLength(2048)
  await expect(volumes.received(memory.volumeId, 2047)).rejects.toMatchObject(refused('image_size'))
  await expect(volumes.received(randomUUID(), 1)).rejects.toMatchObject(refused('not_found'))
})
