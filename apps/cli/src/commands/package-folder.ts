import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { PackedFile, VmPackage } from '@viv/api'
import { CliError, usageError } from '../output/errors.ts'
import type { Received } from '../connection/http-wire.ts'

const DESCRIPTION = 'vm.json'

/**
 * A folder that a VM is packed into.
 *
 *   FOLDER.partial/  disk-1.qcow2 …, then vm.json      each on disk when it is closed
 *        └──────────▶ FOLDER/                          whole once it has its name
 */
export class NewPackage implements AsyncDisposable {
  readonly path: string
  readonly partial: string
  readonly #files: PackedFile[] = []
  #isKept = false

  private constructor(path: string) {
    this.path = path
    this.partial = join(dirname(path), `${basename(path)}.partial`)
  }

  /** Refuses a folder that holds anything: nothing of anybody's is written over. */
  static async create(folder: string): Promise<NewPackage> {
    const made = new NewPackage(resolve(folder))
    await refuseFilled(made.path, folder)
    await mkdir(made.partial, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw cannotWrite(folder, error)
      throw new CliError('refused', `${made.partial} is there: a pack that goes on, or one that was cut off.`, [
        `If none goes on: rm -r ${made.partial}`,
      ])
    })
    return made
  }

  /** Takes one file in, as long as was announced. */
  async add(name: string, { sizeBytes, content }: Received, onBytes: (count: number) => void): Promise<void> {
    const hash = createHash('sha256')
    await using file = await this.#open(name)
    let received = 0
    for await (const chunk of content as AsyncIterable<Buffer>) {
      // Writes the whole chunk at the file's position.
      await file.writeFile(chunk)
      hash.update(chunk)
      received += chunk.length
      onBytes(chunk.length)
    }
    if (received !== sizeBytes) throw new CliError('failed', `${name} was cut off: ${received} of ${sizeBytes} bytes.`)
    await file.sync()
    this.#files.push({ name, sizeBytes, sha256: hash.digest('hex') })
  }

  /** From here on the folder is there. */
  async finish(description: VmPackage): Promise<number> {
    const text = `${JSON.stringify({ ...description, files: this.#files }, undefined, 2)}\n`
    {
      await using file = await this.#open(DESCRIPTION)
      await file.writeFile(text)
      await file.sync()
    }
    await syncFolder(this.partial)
    await rename(this.partial, this.path)
    this.#isKept = true
    await syncFolder(dirname(this.path))
    return this.#files.reduce((sum, { sizeBytes }) => sum + sizeBytes, Buffer.byteLength(text))
  }

  /** Nothing of one that was not finished stays. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isKept) await rm(this.partial, { recursive: true, force: true })
  }

  #open(name: string) {
    const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants
    return open(join(this.partial, name), O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600)
  }
}

async function refuseFilled(path: string, folder: string): Promise<void> {
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw cannotWrite(folder, error)
  })
  if (names.length > 0) throw usageError(`${folder} is there and is not empty. Name a folder that is not there yet.`)
}

function cannotWrite(folder: string, { code, message }: NodeJS.ErrnoException): CliError {
  if (code === 'ENOTDIR') return usageError(`${folder} is no folder.`)
  if (code === 'ENOENT') return usageError(`The folder that ${folder} would lie in is not there.`)
  if (code === 'EACCES') return usageError(`You may not write to ${folder}.`)
  return new CliError('failed', `${folder} can't be written: ${message}`)
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r')
  await folder.sync()
}
