import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, lstat, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { refuse } from '@viv/common'
import { syncFolder, writeDurably } from '../store/durable-file.ts'
import { isUuid } from './volume-id.ts'
import { parseRecord, type VolumeRecord } from './volume-record.ts'

/** Everyone may pass through, since each VM's QEMU runs as a user of its own; only root may look or change. */
const FOLDER_MODE = 0o711
const DELETED = '.deleted-'
const RECORD = 'volume.json'

/**
 * The folders of one datastore, addressed by volume id alone.
 *
 *   <datastores>/local.json              the datastore's id, made once
 *   <datastores>/<id>/volumes/
 *       <volumeId>/volume.json           written last: without it the volume is not there
 *                  disk.qcow2 | disk.raw | content
 *                  receiving → incoming  bytes on their way in; whole and on disk once renamed
 *       .deleted-<volumeId>-<random>/    on its way out, seen by nobody
 *
 * Only root can change these folders, so a look with `lstat` stays true until the path is used.
 */
export class DatastoreFolder {
  readonly id: string
  readonly path: string
  readonly #volumes: string

  private constructor(id: string, path: string) {
    this.id = id
    this.path = path
    this.#volumes = join(path, 'volumes')
  }

  /** Makes the datastore at the first call; removes what earlier removals left half done. */
  static async open(datastores: string): Promise<DatastoreFolder> {
    await makeFolder(datastores)
    const id = await datastoreId(join(datastores, 'local.json'))
    const datastore = new DatastoreFolder(id, join(datastores, id))
    await makeFolder(datastore.path)
    await makeFolder(datastore.#volumes)
    await Promise.all([datastores, datastore.path].map(syncFolder))
    for (const name of await readdir(datastore.#volumes)) {
      if (name.startsWith(DELETED)) await rm(join(datastore.#volumes, name), { recursive: true, force: true })
    }
    return datastore
  }

  /** The record of a finished volume; undefined where it is absent or unfinished. */
  async find(volumeId: string): Promise<VolumeRecord | undefined> {
    if (!(await this.#hasFolder(volumeId))) return undefined
    const path = this.at(volumeId, RECORD)
    const text = await readFile(path, { encoding: 'utf8', flag: constants.O_RDONLY | constants.O_NOFOLLOW }).catch(
      absentIsUndefined,
    )
    return text === undefined ? undefined : parseRecord(text, path)
  }

  async get(volumeId: string): Promise<VolumeRecord> {
    const record = await this.find(volumeId)
    if (record === undefined) throw refuse('not_found', { kind: 'volume', id: volumeId })
    return record
  }

  /** Path of a volume's folder or of an entry in it, which may not be there. */
  at(volumeId: string, name = ''): string {
    if (!isUuid(volumeId)) throw refused(volumeId, 'this is not an id of a volume')
    return join(this.#volumes, volumeId, name)
  }

  /** Path of a volume's data file, which is there and is a plain file. */
  async dataFile(volumeId: string, record: VolumeRecord): Promise<string> {
    const path = this.at(volumeId, record.dataFile)
    const found = await lstat(path).catch(absentIsUndefined)
    if (found === undefined) throw refused(volumeId, `its file ${record.dataFile} is gone`)
    if (!found.isFile()) throw refused(volumeId, `its ${record.dataFile} is not a plain file`)
    return path
  }

  /** An empty folder for a volume that is not there. What was left of an unfinished one goes. */
  async begin(volumeId: string): Promise<void> {
    await this.drop(volumeId)
    await makeFolder(this.at(volumeId))
    await syncFolder(this.#volumes)
  }

  /** From here on the volume is there. */
  async complete(volumeId: string, record: VolumeRecord): Promise<void> {
    await writeDurably(this.at(volumeId, RECORD), JSON.stringify(record))
  }

  /** Renamed first: a volume is there whole, or not at all. Does nothing where there is none. */
  async drop(volumeId: string): Promise<void> {
    const removed = join(this.#volumes, `${DELETED}${volumeId}-${randomUUID()}`)
    const found = await rename(this.at(volumeId), removed).then(() => true, absentIsUndefined)
    if (found === undefined) return
    await syncFolder(this.#volumes)
    await rm(removed, { recursive: true, force: true })
  }

  async list(): Promise<string[]> {
    const names = (await readdir(this.#volumes, { withFileTypes: true })).filter((entry) => entry.isDirectory())
    const volumeIds = names.map(({ name }) => name).filter(isUuid)
    const records = await Promise.all(volumeIds.map((volumeId) => this.find(volumeId)))
    return volumeIds.filter((_, index) => records[index] !== undefined)
  }

  async #hasFolder(volumeId: string): Promise<boolean> {
    const found = await lstat(this.at(volumeId)).catch(absentIsUndefined)
    if (found === undefined) return false
    if (!found.isDirectory()) throw refused(volumeId, 'its place is taken by something that is not a folder')
    return true
  }
}

/** `mkdir` heeds the umask, which is not ours to know. */
async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true })
  const found = await lstat(path)
  if (!found.isDirectory()) throw new Error(`${path} is not a folder`)
  await chmod(path, FOLDER_MODE)
}

async function datastoreId(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(absentIsUndefined)
  if (text === undefined) {
    const id = randomUUID()
    await writeDurably(path, JSON.stringify({ format: 1, id }))
    return id
  }
  const { format, id } = JSON.parse(text) as { format: number; id: string }
  if (format !== 1 || !isUuid(id)) throw new Error(`${path} is not a datastore's identity that this version knows`)
  return id
}

/** Makes a file that was not there, and opens it for writing. */
export async function openNew(path: string, owner: { uid: number; gid: number }, mode: number) {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants
  const file = await open(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600)
  await file.chmod(mode)
  await file.chown(owner.uid, owner.gid)
  return file
}

export function absentIsUndefined(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

function refused(volumeId: string, problem: string) {
  return refuse('agent_refused', { step: `volume ${volumeId}`, problem })
}
