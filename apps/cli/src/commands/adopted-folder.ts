import { constants } from 'node:fs'
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises'
import { DESCRIPTION_FILE, DESCRIPTION_LIMIT_BYTES, readPackage, type WholePackage } from '@viv/api'
import { AppError, refuse } from '@viv/common'
import { CliError, usageError } from '../output/errors.ts'

export interface AdoptedFile {
  readonly handle: FileHandle
  readonly sizeBytes: number
}

/**
 * A folder that a packed VM is taken from. It may be anybody's, and viv may be run by root: what it reads here must be
 * what its caller would give away. The folder is opened once and everything is opened in it, whatever its name leads to
 * by then; no link in it is followed, nothing but a plain file is opened, and no name is looked for but those of the
 * machine's own files.
 */
export class AdoptedFolder implements AsyncDisposable {
  readonly description: WholePackage
  readonly sizeBytes: number
  readonly #files: ReadonlyMap<string, AdoptedFile>
  readonly #open: AsyncDisposableStack

  private constructor(
    description: WholePackage,
    files: ReadonlyMap<string, AdoptedFile>,
    opened: AsyncDisposableStack,
  ) {
    this.description = description
    this.sizeBytes = description.files.reduce((sum, file) => sum + file.sizeBytes, 0)
    this.#files = files
    this.#open = opened
  }

  /** Refuses what is not whole before anything of it is sent. */
  static async open(folder: string): Promise<AdoptedFolder> {
    await using opened = new AsyncDisposableStack()
    const inside = opened.use(await openFolder(folder))
    const description = await describe(inside, folder, opened)
    const files = new Map<string, AdoptedFile>()
    for (const { name, sizeBytes } of description.files) {
      const file = await openPlain(inside, folder, name)
      if (file === undefined) throw refused(folder, refuse('package_file_missing', { file: name }))
      opened.use(file.handle)
      if (file.sizeBytes !== sizeBytes) {
        const facts = { file: name, found: file.sizeBytes, wanted: sizeBytes }
        throw refused(folder, refuse('package_file_size', facts))
      }
      files.set(name, file)
    }
    return new AdoptedFolder(description, files, opened.move())
  }

  /** One of the description's own files, of the size that it says. */
  file(name: string): AdoptedFile {
    const file = this.#files.get(name)
    if (file === undefined) throw new Error(`${name} is no file of this package`)
    return file
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#open.disposeAsync()
  }
}

async function openFolder(folder: string): Promise<FileHandle> {
  const path = await realpath(folder).catch((error: NodeJS.ErrnoException) => {
    throw cannotRead(folder, error)
  })
  const inside = await open(path, constants.O_RDONLY | constants.O_DIRECTORY).catch((error: NodeJS.ErrnoException) => {
    throw cannotRead(folder, error)
  })
  if (!path.endsWith('.partial')) return inside
  await inside.close()
  throw plain(refuse('package_partial', { folder }))
}

async function describe(inside: FileHandle, folder: string, opened: AsyncDisposableStack): Promise<WholePackage> {
  const file = await openPlain(inside, folder, DESCRIPTION_FILE)
  if (file === undefined) throw plain(refuse('package_absent', { folder }))
  opened.use(file.handle)
  const { sizeBytes } = file
  const limit = DESCRIPTION_LIMIT_BYTES
  if (sizeBytes > limit) throw refused(folder, refuse('package_too_large', { bytes: sizeBytes, limit }))
  const { buffer, bytesRead } = await file.handle.read(Buffer.alloc(sizeBytes), 0, sizeBytes, 0)
  return readPackage(buffer.subarray(0, bytesRead)).catch((error: unknown) => {
    throw error instanceof AppError ? refused(folder, error) : error
  })
}

/** A plain file of the folder; undefined where there is none of that name. */
async function openPlain(inside: FileHandle, folder: string, name: string): Promise<AdoptedFile | undefined> {
  const path = `/proc/self/fd/${inside.fd}/${name}`
  const absent = (error: NodeJS.ErrnoException): undefined => {
    if (error.code === 'ENOENT') return undefined
    if (error.code === 'ELOOP') throw notPlain(folder, name)
    throw cannotRead(`${folder}/${name}`, error)
  }
  // Looked at first: already to open a device may set it off.
  const before = await lstat(path).catch(absent)
  if (before === undefined) return undefined
  if (!before.isFile()) throw notPlain(folder, name)
  const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants
  const handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(absent)
  if (handle === undefined) return undefined
  const stat = await handle.stat()
  if (stat.isFile()) return { handle, sizeBytes: stat.size }
  await handle.close()
  throw notPlain(folder, name)
}

const notPlain = (folder: string, name: string): CliError =>
  usageError(`${name} in ${folder} is no plain file (a link, a device, a folder), and is not opened.`, [
    'A folder that "viv vm pack" wrote holds plain files alone.',
  ])

const plain = ({ message }: AppError): CliError => usageError(message)
const refused = (folder: string, { message }: AppError): CliError => usageError(`${folder}: ${message}`)

function cannotRead(path: string, { code, message }: NodeJS.ErrnoException): CliError {
  if (code === 'ENOENT') return usageError(`There is no folder ${path}.`)
  if (code === 'ENOTDIR') return usageError(`${path} is no folder.`)
  if (code === 'EACCES' || code === 'EPERM') return usageError(`You may not read ${path}.`)
  return new CliError('failed', `${path} can't be read: ${message}`)
}
