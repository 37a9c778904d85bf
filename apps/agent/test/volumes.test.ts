import { execFile } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { AppError } from '@viv/common'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Volumes } from '../src/storage/volumes.ts'

const run = promisify(execFile)

const OWNER = { uid: 2_146_000_001, gid: 2_146_000_001 }
const OTHER_UID = 2_146_000_002
const IMAGES_GID = 2_146_000_100
const TOOL_UID = 2_146_000_101
const MIB = 1024 ** 2

let undo: AsyncDisposableStack
/** Holds the files that tests make themselves, and the datastores. */
let folder: string
let volumes: Volumes

beforeEach(async () => {
  undo = new AsyncDisposableStack()
  folder = await mkdtemp(join(tmpdir(), 'viv-volumes-'))
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o711)
  volumes = await open()
})
afterEach(() => undo.disposeAsync())

const open = (): Promise<Volumes> =>
  Volumes.open({ folder: join(folder, 'datastores'), imagesGid: IMAGES_GID, toolUid: TOOL_UID, log: () => undefined })
const volumesFolder = (): string => join(folder, 'datastores', volumes.datastoreId, 'volumes')
const work = (signal = new AbortController().signal, progress = (_: number): void => undefined) => ({
  signal,
  progress,
})

/** What a refusal says: its reason and its facts. */
async function refusalOf(promise: Promise<unknown>): Promise<{ reason: string; facts: object } | undefined> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof AppError)) throw error ?? new Error('it was not refused')
  return error.refusals[0]
}

async function readAs(uid: number, groups: string[], file: string): Promise<Buffer> {
  const args = ['--reuid', String(uid), '--regid', String(uid), ...groups, 'cat', file]
  return (await run('setpriv', args, { encoding: 'buffer', maxBuffer: 64 * MIB })).stdout
}

async function makeQcow2(content: Buffer, ...options: string[]): Promise<string> {
  const raw = join(folder, `${randomUUID()}.raw`)
  await writeFile(raw, content)
  await run('qemu-img', ['convert', '-q', '-f', 'raw', '-O', 'qcow2', ...options, raw, `${raw}.qcow2`])
  return `${raw}.qcow2`
}

type Kind = 'disk' | 'kernel' | 'initrd'

async function send(content: Buffer, format: 'qcow2' | 'raw', kind: Kind = 'disk') {
  const volumeId = randomUUID()
  await volumes.receive(volumeId, content.length, Readable.from(pieces(content)))
  const input = { volumeId, name: 'sent', format, kind, sizeBytes: content.length }
  return { volumeId, input, sealed: volumes.seal(input, work()) }
}

async function imageOf(content: Buffer): Promise<string> {
  const { volumeId, sealed } = await send(await readFile(await makeQcow2(content)), 'qcow2')
  await sealed
  return volumeId
}

function* pieces(content: Buffer, size = 65_536): Generator<Buffer> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size)
}

const diskOf = (image?: { volumeId: string; use: 'overlay' | 'copy' }, sizeMib?: number) => ({
  vmId: randomUUID(),
  name: 'vm1',
  volumeId: randomUUID(),
  ...(sizeMib === undefined ? {} : { sizeMib }),
  ...(image === undefined ? {} : { image: { ...image, name: 'base', format: 'qcow2' as const } }),
})

async function infoOf(file: string): Promise<{ 'virtual-size': number; 'full-backing-filename'?: string }> {
  return JSON.parse((await run('qemu-img', ['info', '--output=json', '-f', 'qcow2', file])).stdout) as never
}

/** The disk's content as a guest would see it. */
async function contentOf(file: string): Promise<Buffer> {
  const raw = join(folder, `${randomUUID()}.content`)
  await run('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', file, raw])
  return readFile(raw)
}

describe('a disk', () => {
  test('that is empty takes little room, and only its VM may open it', async () => {
    const input = diskOf(undefined, 10_240)
    expect(await volumes.create(input, OWNER, work())).toEqual({ sizeMib: 10_240 })
    const chain = await volumes.chain(input.volumeId)
    expect(chain).toEqual([{ file: join(volumesFolder(), input.volumeId, 'disk.qcow2'), format: 'qcow2' }])
    const file = chain[0]?.file ?? ''
    expect(await infoOf(file)).toMatchObject({ 'virtual-size': 10_240 * MIB })
    expect(await stat(file)).toMatchObject({ ...OWNER, mode: 0o100600 })
    expect((await stat(file)).blocks * 512).toBeLessThan(MIB)
    expect((await readAs(OWNER.uid, ['--clear-groups'], file)).subarray(0, 3).toString()).toBe('QFI')
    await expect(readAs(OTHER_UID, ['--groups', String(IMAGES_GID)], file)).rejects.toThrow('Permission denied')
    for (const path of [volumesFolder(), join(volumesFolder(), input.volumeId)]) {
      expect(await stat(path)).toMatchObject({ uid: 0, gid: 0, mode: 0o040711 })
    }
  })

  test('over an image shows its content, and names it as what lies below', async () => {
    const content = randomBytes(4 * MIB)
    const image = await imageOf(content)
    const input = diskOf({ volumeId: image, use: 'overlay' })
    expect(await volumes.create(input, OWNER, work())).toEqual({ sizeMib: 4 })
    const [top, below] = await volumes.chain(input.volumeId)
    expect(below?.file).toBe(join(volumesFolder(), image, 'disk.qcow2'))
    expect((await infoOf(top?.file ?? ''))['full-backing-filename']).toBe(below?.file)
    expect(await contentOf(top?.file ?? '')).toEqual(content)
    const lookedAt = await readAs(OWNER.uid, ['--groups', String(IMAGES_GID)], below?.file ?? '')
    expect(lookedAt.subarray(0, 3).toString()).toBe('QFI')
    await expect(readAs(OWNER.uid, ['--clear-groups'], below?.file ?? '')).rejects.toThrow('Permission denied')
  })

  test('copied from an image stands alone, is as large as asked, and tells how far it is', async () => {
    const content = randomBytes(8 * MIB)
    const input = diskOf({ volumeId: await imageOf(content), use: 'copy' }, 64)
    const told: number[] = []
    const context = work(undefined, (fraction) => told.push(fraction))
    expect(await volumes.create(input, OWNER, context)).toEqual({ sizeMib: 64 })
    const chain = await volumes.chain(input.volumeId)
    expect(chain).toHaveLength(1)
    const disk = await contentOf(chain[0]?.file ?? '')
    expect(disk.length).toBe(64 * MIB)
    expect(disk.subarray(0, content.length).equals(content)).toBe(true)
    expect(disk.subarray(content.length).every((byte) => byte === 0)).toBe(true)
    expect(await stat(chain[0]?.file ?? '')).toMatchObject({ ...OWNER, mode: 0o100600 })
    expect(told.at(-1)).toBe(1)
    expect(told).toEqual(told.toSorted((one, other) => one - other))
  })

  test('smaller than its image is refused with both sizes', async () => {
    const input = diskOf({ volumeId: await imageOf(randomBytes(3 * MIB)), use: 'overlay' }, 2)
    expect(await refusalOf(volumes.create(input, OWNER, work()))).toMatchObject({
      reason: 'disk_too_small',
      facts: { wantedMib: 2, name: 'base', imageMib: 3 },
    })
    expect(await readdir(volumesFolder())).toHaveLength(1)
  })

  test('is not made over another disk, nor over nothing', async () => {
    const below = diskOf(undefined, 1)
    await volumes.create(below, OWNER, work())
    const onDisk = diskOf({ volumeId: below.volumeId, use: 'overlay' })
    expect(await refusalOf(volumes.create(onDisk, OWNER, work()))).toMatchObject({ reason: 'image_kind' })
    const onNothing = diskOf({ volumeId: randomUUID(), use: 'copy' })
    expect(await refusalOf(volumes.create(onNothing, OWNER, work()))).toMatchObject({ reason: 'not_found' })
  })

  test('asked for twice is made once, and another one under its id is refused', async () => {
    const input = diskOf(undefined, 5)
    await Promise.all([volumes.create(input, OWNER, work()), volumes.create(input, OWNER, work())])
    const file = (await volumes.chain(input.volumeId))[0]?.file ?? ''
    const before = await stat(file)
    expect(await volumes.create(input, OWNER, work())).toEqual({ sizeMib: 5 })
    expect((await stat(file)).ino).toBe(before.ino)
    const another = volumes.create({ ...input, sizeMib: 6 }, OWNER, work())
    expect(await refusalOf(another)).toMatchObject({ reason: 'agent_refused' })
  })

  test('that was left unfinished counts as absent, and is made anew', async () => {
    const input = diskOf(undefined, 5)
    await mkdir(join(volumesFolder(), input.volumeId))
    await writeFile(join(volumesFolder(), input.volumeId, 'disk.qcow2'), 'half')
    expect(await refusalOf(volumes.chain(input.volumeId))).toMatchObject({ reason: 'not_found' })
    expect(await volumes.list()).toEqual([])
    await volumes.create(input, OWNER, work())
    expect(await volumes.list()).toEqual([input.volumeId])
    expect((await volumes.chain(input.volumeId)).length).toBe(1)
  })

  test('that is cancelled while it is copied leaves nothing', async () => {
    const input = diskOf({ volumeId: await imageOf(randomBytes(16 * MIB)), use: 'copy' })
    const abort = new AbortController()
    const context = work(abort.signal, () => abort.abort(new Error('cancelled')))
    await expect(volumes.create(input, OWNER, context)).rejects.toThrow('cancelled')
    expect(await readdir(volumesFolder())).toHaveLength(1)
  })

  test('that could not be made says what the tool said', async () => {
    const image = await imageOf(randomBytes(MIB))
    const file = join(volumesFolder(), image, 'disk.qcow2')
    await truncate(file, 2)
    const input = diskOf({ volumeId: image, use: 'copy' })
    const refused = await refusalOf(volumes.create(input, OWNER, work()))
    expect(refused).toMatchObject({ reason: 'volume_tool_failed', facts: { name: 'vm1' } })
    expect(JSON.stringify(refused?.facts)).toContain('qemu-img')
    expect(await volumes.list()).toEqual([image])
  })
})

describe("a copy of a VM's disk", () => {
  const NEW_OWNER = { uid: OTHER_UID, gid: OTHER_UID }
  const copyOf = (sourceVolumeId: string) => ({
    vmId: randomUUID(),
    name: 'vm2',
    volumeId: randomUUID(),
    sourceVolumeId,
  })
  async function overlay(content: Buffer): Promise<string> {
    const input = diskOf({ volumeId: await imageOf(content), use: 'overlay' }, 64)
    await volumes.create(input, OWNER, work())
    return input.volumeId
  }
  const fileOf = async (volumeId: string): Promise<string> => (await volumes.chain(volumeId))[0]?.file ?? ''

  test('over an image stands alone, belongs to the new VM, and tells how far it is', async () => {
    const content = randomBytes(8 * MIB)
    const source = await overlay(content)
    await run('qemu-io', ['-f', 'qcow2', '-c', 'write -P 7 1M 64k', await fileOf(source)])
    content.fill(7, MIB, MIB + 65_536)
    const told: number[] = []
    const input = copyOf(source)
    const { neededBytes, freeBytes } = await volumes.room(source)
    expect(neededBytes).toBeGreaterThanOrEqual(8 * MIB)
    expect(neededBytes).toBeLessThan(10 * MIB)
    expect(freeBytes).toBeGreaterThan(neededBytes)
    const context = work(undefined, (fraction) => told.push(fraction))
    expect(await volumes.copy(input, NEW_OWNER, context)).toEqual({ sizeMib: 64 })
    const chain = await volumes.chain(input.volumeId)
    expect(chain).toHaveLength(1)
    expect(await infoOf(chain[0]?.file ?? '')).not.toHaveProperty('full-backing-filename')
    const disk = await contentOf(chain[0]?.file ?? '')
    expect(disk.length).toBe(64 * MIB)
    expect(disk.subarray(0, content.length).equals(content)).toBe(true)
    expect(await stat(chain[0]?.file ?? '')).toMatchObject({ ...NEW_OWNER, mode: 0o100600 })
    expect(await stat(await fileOf(source))).toMatchObject(OWNER)
    expect(told.at(-1)).toBe(1)
    expect(await volumes.copy(input, NEW_OWNER, work())).toEqual({ sizeMib: 64 })
  })

  test('that is cancelled leaves nothing, and one of what is no disk is refused', async () => {
    const source = await overlay(randomBytes(16 * MIB))
    const before = await readdir(volumesFolder())
    const abort = new AbortController()
    const context = work(abort.signal, () => abort.abort(new Error('cancelled')))
    await expect(volumes.copy(copyOf(source), NEW_OWNER, context)).rejects.toThrow('cancelled')
    expect(await readdir(volumesFolder())).toEqual(before)
    const image = await imageOf(randomBytes(MIB))
    expect(await refusalOf(volumes.copy(copyOf(image), NEW_OWNER, work()))).toMatchObject({ reason: 'image_kind' })
    expect(await refusalOf(volumes.copy(copyOf(randomUUID()), NEW_OWNER, work()))).toMatchObject({
      reason: 'not_found',
    })
  })

  test('whose QEMU made its disk name a file of somebody else reads nothing of that', async () => {
    const input = diskOf(undefined, 1)
    await volumes.create(input, OWNER, work())
    const secret = join(folder, 'secret')
    await writeFile(secret, randomBytes(MIB), { mode: 0o600 })
    await run('qemu-img', ['rebase', '-u', '-f', 'qcow2', '-F', 'raw', '-b', secret, await fileOf(input.volumeId)])
    const refused = await refusalOf(volumes.copy(copyOf(input.volumeId), NEW_OWNER, work()))
    expect(refused).toMatchObject({ reason: 'volume_tool_failed', facts: { name: 'vm2' } })
    expect(JSON.stringify(refused?.facts)).toContain('Permission denied')
    expect(await volumes.list()).toEqual([input.volumeId])
  })
})

describe('an upload', () => {
  test("becomes an image that only root and the images' group may read", async () => {
    const content = randomBytes(2 * MIB)
    const { volumeId, input, sealed } = await send(await readFile(await makeQcow2(content)), 'qcow2')
    const sizes = await sealed
    expect(sizes).toEqual({ sizeBytes: input.sizeBytes, virtualSizeBytes: 2 * MIB })
    const file = join(volumesFolder(), volumeId, 'disk.qcow2')
    expect(await stat(file)).toMatchObject({ uid: 0, gid: IMAGES_GID, mode: 0o100440 })
    expect((await readdir(join(volumesFolder(), volumeId))).toSorted()).toEqual(['disk.qcow2', 'volume.json'])
    expect(await volumes.seal(input, work())).toEqual(sizes)
    const again = volumes.receive(volumeId, 3, Readable.from([Buffer.from('new')]))
    expect(await refusalOf(again)).toMatchObject({ reason: 'agent_refused' })
    expect(await contentOf(file)).toEqual(content)
  })

  test("is root's alone until it is sealed, and is no volume yet", async () => {
    const volumeId = randomUUID()
    await volumes.receive(volumeId, 5, Readable.from([Buffer.from('he'), Buffer.from('llo')]))
    const file = join(volumesFolder(), volumeId, 'incoming')
    expect(await readFile(file, 'utf8')).toBe('hello')
    expect(await stat(file)).toMatchObject({ uid: 0, gid: 0, mode: 0o100600 })
    expect(await refusalOf(volumes.chain(volumeId))).toMatchObject({ reason: 'not_found' })
  })

  test.each([
    ['too few', 4],
    ['too many', 6],
  ])('of %s bytes is refused, and nothing is kept', async (_what, announced) => {
    const content = Readable.from([Buffer.from('he'), Buffer.from('llo')])
    const refused = await refusalOf(volumes.receive(randomUUID(), announced, content))
    expect(refused).toMatchObject({ reason: 'image_size', facts: { received: 5, announced } })
    expect(await readdir(volumesFolder())).toEqual([])
  })

  test('whose sender goes away midway leaves nothing', async () => {
    const volumeId = randomUUID()
    const content = new Readable({ read: () => undefined })
    const receiving = refusalOf(volumes.receive(volumeId, 100, content))
    content.push(Buffer.from('some'))
    await expect.poll(() => sizeOf(join(volumesFolder(), volumeId, 'receiving'))).toBe(4)
    content.destroy(new Error('aborted'))
    expect(await receiving).toMatchObject({ reason: 'upload_interrupted' })
    expect(await readdir(volumesFolder())).toEqual([])
  })

  test('whose sender has fallen silent does not hold up the removal', async () => {
    const volumeId = randomUUID()
    const content = new Readable({ read: () => undefined })
    const receiving = refusalOf(volumes.receive(volumeId, 100, content))
    content.push(Buffer.from('some'))
    await expect.poll(() => sizeOf(join(volumesFolder(), volumeId, 'receiving'))).toBe(4)
    await volumes.remove(volumeId)
    expect(await receiving).toMatchObject({ reason: 'upload_interrupted' })
    expect(content.destroyed).toBe(true)
    expect(await readdir(volumesFolder())).toEqual([])
  })

  test('that was cut off by a crash is not sealed', async () => {
    const volumeId = randomUUID()
    await mkdir(join(volumesFolder(), volumeId))
    await writeFile(join(volumesFolder(), volumeId, 'receiving'), Buffer.alloc(512))
    const input = { volumeId, name: 'sent', format: 'raw', kind: 'disk', sizeBytes: 512 } as const
    expect(await refusalOf(volumes.seal(input, work()))).toMatchObject({ reason: 'not_found' })
  })

  test('is sealed again where a crash came just before its record', async () => {
    const { volumeId, input, sealed } = await send(await readFile(await makeQcow2(randomBytes(MIB))), 'qcow2')
    const sizes = await sealed
    await rm(join(volumesFolder(), volumeId, 'volume.json'))
    expect(await volumes.seal(input, work())).toEqual(sizes)
    expect(await volumes.list()).toEqual([volumeId])
  })

  test('of a kernel and an initrd is kept as it is', async () => {
    const kernel = Buffer.concat([Buffer.from('MZ'), randomBytes(1000)])
    const sent = await send(kernel, 'raw', 'kernel')
    expect(await sent.sealed).toEqual({ sizeBytes: 1002, virtualSizeBytes: 1002 })
    const file = await volumes.path(sent.volumeId)
    expect(await readAs(OWNER.uid, ['--groups', String(IMAGES_GID)], file)).toEqual(kernel)
    const image = await imageOf(randomBytes(MIB))
    expect(await refusalOf(volumes.path(image))).toMatchObject({ reason: 'image_kind' })
  })
})

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size
}

describe('a hostile image', () => {
  const refusedAs = (problem: string) => ({
    reason: 'image_format',
    facts: { format: 'qcow2', problem: expect.stringContaining(problem) as string },
  })

  test('that names a file of the host as its backing file is refused', async () => {
    const file = join(folder, 'hostile.qcow2')
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-u', '-b', '/etc/shadow', '-F', 'raw', file, '1M'])
    const { volumeId, sealed } = await send(await readFile(file), 'qcow2')
    expect(await refusalOf(sealed)).toMatchObject(refusedAs('backing file'))
    expect(await refusalOf(volumes.chain(volumeId))).toMatchObject({ reason: 'not_found' })
  })

  test('that keeps its data in another file is refused', async () => {
    const data = join(folder, 'data.raw')
    const file = join(folder, 'hostile.qcow2')
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-o', `data_file=${data},data_file_raw=on`, file, '1M'])
    const { sealed } = await send(await readFile(file), 'qcow2')
    expect(await refusalOf(sealed)).toMatchObject(refusedAs('another file'))
  })

  test('that is cut off is refused', async () => {
    const whole = await readFile(await makeQcow2(randomBytes(4 * MIB)))
    const { sealed } = await send(whole.subarray(0, 2 * MIB), 'qcow2')
    expect(await refusalOf(sealed)).toMatchObject(refusedAs('qemu-img refuses it'))
  })

  test('whose tables point nowhere is refused by QEMU, not by a crash of ours', async () => {
    const damaged = await readFile(await makeQcow2(randomBytes(MIB)))
    damaged.writeBigUInt64BE(2n ** 60n, 40)
    const { sealed } = await send(damaged, 'qcow2')
    expect(await refusalOf(sealed)).toMatchObject(refusedAs('qemu-img refuses it'))
  })

  test('that is no qcow2 is refused, and so is a raw one that is', async () => {
    const { sealed } = await send(randomBytes(1024), 'qcow2')
    expect(await refusalOf(sealed)).toMatchObject(refusedAs('not a qcow2 file'))
    const raw = await send(await readFile(await makeQcow2(randomBytes(MIB))), 'raw')
    expect(await refusalOf(raw.sealed)).toMatchObject({ reason: 'image_format', facts: { format: 'raw' } })
  })
})

describe('a path', () => {
  test.each(['../../../etc', '/etc', '.', '', 'a/b', `${randomUUID()}/..`])(
    'is never made from the id %j',
    async (volumeId) => {
      for (const attempt of [
        () => volumes.chain(volumeId),
        () => volumes.remove(volumeId),
        () => volumes.receive(volumeId, 1, Readable.from([Buffer.from('x')])),
        () => volumes.create({ ...diskOf(undefined, 1), volumeId }, OWNER, work()),
      ]) {
        expect(await refusalOf(attempt())).toMatchObject({ reason: 'agent_refused' })
      }
      expect(await readdir(volumesFolder())).toEqual([])
    },
  )

  test('does not lead through a link in the place of a volume, and removing the link spares its target', async () => {
    const target = diskOf(undefined, 1)
    await volumes.create(target, OWNER, work())
    const planted = randomUUID()
    await symlink(join(volumesFolder(), target.volumeId), join(volumesFolder(), planted))
    expect(await refusalOf(volumes.chain(planted))).toMatchObject({ reason: 'agent_refused' })
    const overLink = volumes.create({ ...diskOf(undefined, 1), volumeId: planted }, OWNER, work())
    expect(await refusalOf(overLink)).toMatchObject({ reason: 'agent_refused' })
    expect(await volumes.list()).toEqual([target.volumeId])
    await volumes.remove(planted)
    expect(await volumes.chain(target.volumeId)).toHaveLength(1)
    expect(await readdir(volumesFolder())).toEqual([target.volumeId])
  })

  test('does not lead through a link in the place of a data file', async () => {
    const secret = join(folder, 'secret')
    await writeFile(secret, Buffer.alloc(512))
    const volumeId = await imageOf(randomBytes(MIB))
    const file = join(volumesFolder(), volumeId, 'disk.qcow2')
    await rename(file, `${file}.away`)
    await symlink(secret, file)
    expect(await refusalOf(volumes.chain(volumeId))).toMatchObject({ reason: 'agent_refused' })

    const incoming = randomUUID()
    await mkdir(join(volumesFolder(), incoming))
    await symlink(secret, join(volumesFolder(), incoming, 'incoming'))
    const input = { volumeId: incoming, name: 'sent', format: 'raw', kind: 'disk', sizeBytes: 512 } as const
    await expect(volumes.seal(input, work())).rejects.toMatchObject({ code: 'ELOOP' })
    expect((await stat(secret)).gid).toBe(0)
  })
})

describe('the datastore', () => {
  test('keeps its id and its volumes, and finishes removals that were cut off', async () => {
    const input = diskOf(undefined, 1)
    await volumes.create(input, OWNER, work())
    await mkdir(join(volumesFolder(), `.deleted-${randomUUID()}-${randomUUID()}`, 'deep'), { recursive: true })
    const again = await open()
    expect(again.datastoreId).toBe(volumes.datastoreId)
    expect(await again.list()).toEqual([input.volumeId])
    expect(await readdir(volumesFolder())).toEqual([input.volumeId])
    const { totalBytes, freeBytes } = await again.facts()
    expect(freeBytes).toBeGreaterThan(0)
    expect(totalBytes).toBeGreaterThan(freeBytes)
  })

  test('removes a volume, and does nothing where there is none', async () => {
    const input = diskOf(undefined, 1)
    await volumes.create(input, OWNER, work())
    await volumes.remove(input.volumeId)
    await volumes.remove(input.volumeId)
    expect(await readdir(volumesFolder())).toEqual([])
  })

  test('takes a file that the agent built, and leaves the file as it is', async () => {
    const file = await makeQcow2(randomBytes(MIB))
    const before = await lstat(file)
    const built = { volumeId: randomUUID(), file, format: 'qcow2', virtualSizeBytes: MIB } as const
    const sizes = await volumes.adoptImage(built)
    expect(sizes).toEqual({ sizeBytes: before.size, virtualSizeBytes: MIB })
    expect(await volumes.adoptImage(built)).toEqual(sizes)
    expect(await lstat(file)).toMatchObject({ mode: before.mode, gid: before.gid, ino: before.ino })
    const adopted = (await volumes.chain(built.volumeId))[0]?.file ?? ''
    expect(await lstat(adopted)).toMatchObject({ uid: 0, gid: IMAGES_GID, mode: 0o100440 })
    expect(await readFile(adopted)).toEqual(await readFile(file))
  })
})

describe('a full datastore', () => {
  const SIZE_MIB = 12

  beforeEach(async () => {
    const path = join(folder, 'datastores')
    await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MIB}m,mode=711`, 'viv-test', path])
    undo.defer(async () => void (await run('umount', [path])))
    volumes = await open()
  })

  test('refuses an upload that it has no room for, before a byte is taken', async () => {
    const content = Readable.from([Buffer.alloc(10)])
    const refused = await refusalOf(volumes.receive(randomUUID(), 100 * MIB, content))
    expect(refused).toMatchObject({ reason: 'datastore_full', facts: { datastore: 'local', neededMib: 100 } })
    expect(await readdir(volumesFolder())).toEqual([])
  })

  test('that fills up during an upload keeps nothing of it', async () => {
    async function* filling(): AsyncGenerator<Buffer> {
      yield randomBytes(MIB)
      await writeFile(join(folder, 'datastores', 'rival'), randomBytes(7 * MIB))
      for (let count = 0; count < 7; count++) yield randomBytes(MIB)
    }
    const refused = await refusalOf(volumes.receive(randomUUID(), 8 * MIB, Readable.from(filling())))
    expect(refused).toMatchObject({ reason: 'datastore_full', facts: { neededMib: 8 } })
    expect(await readdir(volumesFolder())).toEqual([])
  })

  test("refuses a copy of a VM's disk that it has no room for, before it is begun", async () => {
    const image = await imageOf(randomBytes(6 * MIB))
    const source = diskOf({ volumeId: image, use: 'overlay' })
    await volumes.create(source, OWNER, work())
    const before = await readdir(volumesFolder())
    const input = { vmId: randomUUID(), name: 'vm2', volumeId: randomUUID(), sourceVolumeId: source.volumeId }
    expect(await refusalOf(volumes.copy(input, OWNER, work()))).toMatchObject({ reason: 'datastore_full' })
    expect(await readdir(volumesFolder())).toEqual(before)
  })

  test('keeps nothing of a copy that did not fit, and works on', async () => {
    const image = await imageOf(randomBytes(8 * MIB))
    const input = diskOf({ volumeId: image, use: 'copy' })
    const refused = await refusalOf(volumes.create(input, OWNER, work()))
    expect(refused).toMatchObject({ reason: 'datastore_full', facts: { neededMib: 8 } })
    expect(await volumes.list()).toEqual([image])
    const small = diskOf({ volumeId: image, use: 'overlay' })
    expect(await volumes.create(small, OWNER, work())).toEqual({ sizeMib: 8 })
  })
})
