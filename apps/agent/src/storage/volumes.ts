import { constants } from 'node:fs'
import { copyFile, lstat, readFile } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { type AppError, refuse, Rollback } from '@viv/common'
import type { Outgoing } from '../domain/backend.ts'
import type { ImageFormat, OpInput, VolumeRoom } from '../domain/contract.ts'
import { DatastoreFolder } from './datastore-folder.ts'
import { copyDisk, copyRecord } from './disk-copy.ts'
import { fillDisk, type DiskPlan, type Owner, planDisk, sizeMib } from './disk-create.ts'
import { FirmwareState } from './firmware-state.ts'
import { qcow2Problem } from './image-formats.ts'
import { INCOMING, isOutOfSpace, outOfSpace, receiveInto, roomOf, syncFile } from './incoming.ts'
import { openOutgoing } from './outgoing.ts'
import type { VolumeFile, Work } from './qemu-img.ts'
import { type FileTrace, SavedMemory } from './saved-memory.ts'
import { makeReadOnly, sealDisk, sealIncoming } from './seal.ts'
import { Turns } from './turns.ts'
import { dataFileOf, type VolumeRecord } from './volume-record.ts'

export type { Owner } from './disk-create.ts'
export type { VolumeFile } from './qemu-img.ts'

/** Of `lstat`, whatever the file system's own are. */
const BLOCK_BYTES = 512

interface VolumesOptions {
  /** Holds the datastores of this host. */
  readonly folder: string
  /** Who may read images, beside root. */
  readonly imagesGid: number
  /** Unprivileged: reads what strangers have sent. */
  readonly toolUid: number
  log(message: string, facts?: object): void
}

interface Sizes {
  readonly sizeBytes: number
  readonly virtualSizeBytes: number
}

/**
 * The volumes of the host's one datastore, by id.
 *
 *   (nothing) ──create──────────────────▶ disk of one VM, 0600 of its uid ──┐
 *       │                     ┌────adopt──▶   the same                      ──┤
 *       │ ────receive──▶ incoming ──seal──▶ image, kernel or initrd, ────────┼──remove──▶ (nothing)
 *       └ ────adoptImage──────────────────▶   0440 of the images' group ────┘
 *
 * Whatever is interrupted leaves a folder without a record, which counts as nothing and gives way to the next try.
 */
export class Volumes {
  readonly #datastore: DatastoreFolder
  readonly #options: VolumesOptions
  readonly #turns = new Turns()

  private constructor(datastore: DatastoreFolder, options: VolumesOptions) {
    this.#datastore = datastore
    this.#options = options
  }

  static async open(options: VolumesOptions): Promise<Volumes> {
    const datastore = await DatastoreFolder.open(options.folder)
    options.log('the datastore is open', { datastoreId: datastore.id, path: datastore.path })
    return new Volumes(datastore, options)
  }

  get datastoreId(): string {
    return this.#datastore.id
  }

  async facts(): Promise<{ id: string; totalBytes: number; freeBytes: number }> {
    return { id: this.datastoreId, ...(await roomOf(this.#datastore.path)) }
  }

  list(): Promise<string[]> {
    return this.#datastore.list()
  }

  /** The data file and everything below it, top first. */
  async chain(volumeId: string): Promise<VolumeFile[]> {
    const files: VolumeFile[] = []
    const seen = new Set<string>()
    for (let at: string | undefined = volumeId; at !== undefined; ) {
      if (seen.has(at)) throw new Error(`volume ${volumeId} lies below itself`)
      seen.add(at)
      const record = await this.#datastore.get(at)
      files.push({ file: await this.#datastore.dataFile(at, record), format: record.imageFormat })
      at = record.base
    }
    return files
  }

  /** What tells whether a volume, or what lies below it, was written to meanwhile. */
  async traces(volumeId: string): Promise<FileTrace[]> {
    const files = await this.chain(volumeId)
    return Promise.all(
      files.map(async ({ file }) => {
        const { size, mtimeNs } = await lstat(file, { bigint: true })
        return { sizeBytes: Number(size), modifiedNs: String(mtimeNs) }
      }),
    )
  }

  savedMemory(vmId: string): SavedMemory {
    return new SavedMemory(this.#datastore.path, vmId)
  }

  firmwareState(vmId: string): FirmwareState {
    return new FirmwareState(this.#datastore.path, vmId)
  }

  /** Refuses where there is less. */
  async requireRoom(sizeBytes: number): Promise<void> {
    const { freeBytes } = await this.facts()
    if (sizeBytes > freeBytes) throw outOfSpace(sizeBytes)
  }

  /** The content of a kernel or an initrd. */
  async path(volumeId: string): Promise<string> {
    const record = await this.#datastore.get(volumeId)
    if (record.role !== 'kernel' && record.role !== 'initrd') {
      throw refuse('image_kind', { name: volumeId, actual: record.role, wanted: 'kernel or initrd' })
    }
    return this.#datastore.dataFile(volumeId, record)
  }

  /** The file of an ISO image. */
  async disc(volumeId: string): Promise<string> {
    const record = await this.#datastore.get(volumeId)
    if (record.role !== 'iso') throw refuse('image_kind', { name: volumeId, actual: record.role, wanted: 'iso' })
    return this.#datastore.dataFile(volumeId, record)
  }

  /** Makes a VM's disk: empty, over an image, or as a copy of one. */
  create(input: OpInput<'volumeCreate'>, owner: Owner, work: Work): Promise<{ sizeMib: number }> {
    const { volumeId } = input
    return this.#turns.take(volumeId, async () => {
      const plan = await planDisk(this.#datastore, input)
      const known = await this.#datastore.find(volumeId)
      if (known === undefined) await this.#make(volumeId, plan.record, () => this.#fill(input, plan, owner, work))
      else if (!isSame(known, plan.record)) throw isAnother(volumeId)
      return { sizeMib: sizeMib(plan.record.virtualSizeBytes) }
    })
  }

  /** Makes a VM's disk as a copy of another VM's, with nothing below it. */
  copy(input: OpInput<'volumeCopy'>, owner: Owner, work: Work): Promise<{ sizeMib: number }> {
    const { volumeId, sourceVolumeId, name } = input
    return this.#turns.take(volumeId, async () => {
      const source = await this.#datastore.get(sourceVolumeId)
      const record = copyRecord(sourceVolumeId, source)
      const known = await this.#datastore.find(volumeId)
      if (known === undefined) {
        await this.requireRoom((await this.room(sourceVolumeId)).neededBytes)
        const from = await this.chain(sourceVolumeId)
        const { imagesGid } = this.#options
        await this.#make(volumeId, record, (file) => copyDisk({ file, name, record, from, owner, imagesGid, work }))
      } else if (!isSame(known, record)) throw isAnother(volumeId)
      return { sizeMib: sizeMib(record.virtualSizeBytes) }
    })
  }

  /** A copy holds what the volume and all below it hold, and no more than its virtual size. */
  async room(volumeId: string): Promise<VolumeRoom> {
    const [{ virtualSizeBytes }, files, { freeBytes }] = await Promise.all([
      this.#datastore.get(volumeId),
      this.chain(volumeId),
      this.facts(),
    ])
    const used = await Promise.all(files.map(async ({ file }) => (await lstat(file)).blocks * BLOCK_BYTES))
    return {
      standsAlone: files.length === 1,
      neededBytes: Math.min(
        virtualSizeBytes,
        used.reduce((sum, bytes) => sum + bytes, 0),
      ),
      freeBytes,
    }
  }

  /** A disk's bytes as they lie there, where that is all of it. */
  async send(volumeId: string): Promise<Outgoing> {
    const record = await this.#datastore.get(volumeId)
    if (record.role !== 'disk') throw refuse('image_kind', { name: volumeId, actual: record.role, wanted: 'disk' })
    if (record.base !== undefined) {
      throw refuse('agent_refused', { step: `volume ${volumeId}`, problem: 'it needs another one below it' })
    }
    return openOutgoing(await this.#datastore.dataFile(volumeId, record), volumeId, qcow2Problem)
  }

  /** Takes bytes in for `seal`. */
  receive(volumeId: string, sizeBytes: number, content: Readable): Promise<void> {
    return this.#turns.take(volumeId, async (interrupted) => {
      if ((await this.#datastore.find(volumeId)) !== undefined) throw isAnother(volumeId)
      await receiveInto(this.#datastore, volumeId, sizeBytes, content, interrupted)
    })
  }

  /** Makes what was received into an image, if it is what it was said to be. */
  seal(input: OpInput<'imageSeal'>, { signal }: Pick<Work, 'signal'>): Promise<Sizes> {
    const { volumeId, kind, format } = input
    return this.#turns.take(volumeId, async () => {
      const role = kind === 'disk' ? 'image' : kind
      const known = await this.#datastore.find(volumeId)
      if (known === undefined) {
        const { imagesGid, toolUid } = this.#options
        const record = await sealIncoming(this.#datastore, input, { imagesGid, toolUid, signal })
        await this.#datastore.complete(volumeId, record)
      } else if (known.role !== role || (role === 'image' && known.imageFormat !== format)) throw isAnother(volumeId)
      return this.#sizes(volumeId)
    })
  }

  /** Makes what was received into a VM's disk, if it is one that needs nothing else. */
  adopt(
    input: Parameters<typeof sealDisk>[1],
    owner: Owner,
    { signal }: Pick<Work, 'signal'>,
  ): Promise<{ sizeMib: number }> {
    const { volumeId } = input
    return this.#turns.take(volumeId, async () => {
      const known = await this.#datastore.find(volumeId)
      if (known !== undefined && known.role !== 'disk') throw isAnother(volumeId)
      const record = known ?? (await sealDisk(this.#datastore, input, owner, signal))
      if (known === undefined) await this.#datastore.complete(volumeId, record)
      return { sizeMib: sizeMib(record.virtualSizeBytes) }
    })
  }

  /** What was received, where it is small. */
  async received(volumeId: string, mostBytes: number): Promise<Buffer> {
    const path = this.#datastore.at(volumeId, INCOMING)
    const { size } = await lstat(path).catch(() => {
      throw refuse('not_found', { kind: 'volume', id: volumeId })
    })
    if (size > mostBytes) throw refuse('image_size', { received: size, announced: mostBytes })
    return readFile(path)
  }

  /** Makes a copy of a file that the agent itself built into an image; a reflink where the file system has them. */
  adoptImage(built: { volumeId: string; file: string; format: ImageFormat; virtualSizeBytes: number }): Promise<Sizes> {
    const { volumeId, file, format, virtualSizeBytes } = built
    return this.#turns.take(volumeId, async () => {
      const dataFile = dataFileOf('image', format)
      const record: VolumeRecord = { format: 1, role: 'image', dataFile, imageFormat: format, virtualSizeBytes }
      const known = await this.#datastore.find(volumeId)
      if (known === undefined) {
        await this.#make(volumeId, record, async (path) => {
          await copyFile(file, path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
          await makeReadOnly(path, this.#options.imagesGid)
        })
      } else if (!isSame(known, record)) throw isAnother(volumeId)
      return this.#sizes(volumeId)
    })
  }

  /** Does nothing where there is no such volume. Ends a transfer into it. */
  remove(volumeId: string): Promise<void> {
    return this.#turns.take(volumeId, () => this.#datastore.drop(volumeId))
  }

  /** A volume in one step: there when everything is on disk, and gone where anything failed. */
  async #make(volumeId: string, record: VolumeRecord, fill: (path: string) => Promise<void>): Promise<void> {
    await using rollback = new Rollback()
    rollback.add(() => this.#datastore.drop(volumeId))
    await this.#datastore.begin(volumeId)
    const path = this.#datastore.at(volumeId, record.dataFile)
    try {
      await fill(path)
      await syncFile(path)
      await this.#datastore.complete(volumeId, record)
    } catch (error) {
      throw isOutOfSpace(error) ? outOfSpace(record.virtualSizeBytes, error) : error
    }
    rollback.commit()
  }

  async #fill({ name }: OpInput<'volumeCreate'>, plan: DiskPlan, owner: Owner, work: Work): Promise<void> {
    const image = plan.imageVolumeId === undefined ? undefined : (await this.chain(plan.imageVolumeId))[0]
    const file = this.#datastore.at(plan.volumeId, plan.record.dataFile)
    await fillDisk({ file, name, plan, image, owner, imagesGid: this.#options.imagesGid, work })
  }

  async #sizes(volumeId: string): Promise<Sizes> {
    const record = await this.#datastore.get(volumeId)
    const { size } = await lstat(await this.#datastore.dataFile(volumeId, record))
    return { sizeBytes: size, virtualSizeBytes: record.virtualSizeBytes }
  }
}

const isSame = (one: VolumeRecord, other: VolumeRecord): boolean =>
  one.role === other.role &&
  one.imageFormat === other.imageFormat &&
  one.base === other.base &&
  one.virtualSizeBytes === other.virtualSizeBytes

function isAnother(volumeId: string): AppError {
  return refuse('agent_refused', { step: `volume ${volumeId}`, problem: 'it is there already, and is another' })
}
