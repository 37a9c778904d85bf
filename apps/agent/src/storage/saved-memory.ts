import { constants } from 'node:fs'
import { lstat, mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFolder, writeDurably } from '../store/durable-file.ts'
import { absentIsUndefined, openNew } from './datastore-folder.ts'

/** What tells whether a file was written to meanwhile. */
export interface FileTrace {
  readonly sizeBytes: number
  /** Nanoseconds since 1970, beyond what a number holds. */
  readonly modifiedNs: string
}

/** What the memory was saved of: it can be loaded into nothing else. */
export interface SavedRecord {
  readonly format: 1
  readonly qemuVersion: string
  readonly accelerator: 'kvm' | 'tcg'
  readonly machineHash: string
  readonly sizeBytes: number
  /** Each disk with all that lies below it, top first. */
  readonly disks: readonly { readonly volumeId: string; readonly files: readonly FileTrace[] }[]
  readonly revision: number
  readonly savedAt: string
}

const RECORD = 'saved.json'
const CONTENT = 'content'
const ROOT = { uid: 0, gid: 0 }

/**
 * The saved memory of one VM: `<datastore>/memory/<vmId>/`, root's alone, so that the VM's own QEMU cannot change it.
 *
 *   content      memory and devices, as QEMU sent them
 *   saved.json   written last: without it nothing is saved
 */
export class SavedMemory {
  readonly #parent: string
  readonly #folder: string

  constructor(datastore: string, vmId: string) {
    this.#parent = join(datastore, 'memory')
    this.#folder = join(this.#parent, vmId)
  }

  get content(): string {
    return join(this.#folder, CONTENT)
  }

  /** Also one that this version cannot read: it is somebody's memory. */
  async isThere(): Promise<boolean> {
    return (await lstat(join(this.#folder, RECORD)).catch(absentIsUndefined)) !== undefined
  }

  async read(): Promise<SavedRecord> {
    const path = join(this.#folder, RECORD)
    const text = await readFile(path, { encoding: 'utf8', flag: constants.O_RDONLY | constants.O_NOFOLLOW })
    const record = JSON.parse(text) as SavedRecord
    if (record.format !== 1) throw new Error(`${path} has format ${String(record.format)}; this version knows 1`)
    return record
  }

  /** An empty file for it. What was left of an unfinished one goes. */
  async begin(): Promise<void> {
    await this.drop()
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    await (await openNew(this.content, ROOT, 0o600)).close()
    await Promise.all([this.#folder, this.#parent].map(syncFolder))
  }

  /** From here on it is there. */
  async complete(record: SavedRecord): Promise<void> {
    await writeDurably(join(this.#folder, RECORD), JSON.stringify(record))
  }

  /** Its record first: it is there whole, or not at all. Does nothing where there is none. */
  async drop(): Promise<void> {
    await rm(join(this.#folder, RECORD), { force: true })
    await syncFolder(this.#folder).catch(absentIsUndefined)
    await rm(this.#folder, { recursive: true, force: true })
  }
}
