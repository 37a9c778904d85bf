import { constants } from 'node:fs'
import { type FileHandle, open, rename } from 'node:fs/promises'
import { type AppError, refuse } from '@viv/common'
import type { OpInput } from '../domain/contract.ts'
import { absentIsUndefined, type DatastoreFolder } from './datastore-folder.ts'
import type { Owner } from './disk-create.ts'
import { HEAD_BYTES, initrdProblem, isoProblem, kernelProblem, qcow2Problem, rawProblem } from './image-formats.ts'
import { INCOMING } from './incoming.ts'
import { checkQcow2, qcow2VirtualSize } from './qemu-img.ts'
import { type Identity, ToolFailedError } from './tool.ts'
import { dataFileOf, type VolumeRecord, type VolumeRole } from './volume-record.ts'

interface SealOptions {
  readonly imagesGid: number
  readonly toolUid: number
  readonly signal: AbortSignal
}

/** `slot`: of the VM's disk that it becomes. */
type SealInput = OpInput<'imageSeal'> & { readonly slot?: number }

/**
 * Checks what was received and puts it in its place, read-only. The record is the caller's to write.
 *
 * The header is read here first: what names other files is refused before qemu-img, which would open them, sees it.
 */
export async function sealIncoming(
  datastore: DatastoreFolder,
  input: SealInput,
  options: SealOptions,
): Promise<VolumeRecord> {
  const { volumeId, kind, format } = input
  const role: VolumeRole = kind === 'disk' ? 'image' : kind
  const dataFile = dataFileOf(role, format)
  const placed = datastore.at(volumeId, dataFile)
  const { path, sizeBytes } = await findReceived(datastore, input, placed)
  await makeReadOnly(path, options.imagesGid)
  const isQcow2 = kind === 'disk' && format === 'qcow2'
  const as = { uid: options.toolUid, gid: options.imagesGid, groups: [] }
  const virtualSizeBytes = isQcow2 ? await examineQcow2(path, input, as, options.signal) : sizeBytes
  if (path !== placed) await rename(path, placed)
  return { format: 1, role, dataFile, imageFormat: role === 'image' ? format : 'raw', virtualSizeBytes }
}

/** The same of a VM's disk, which its own user alone may read; as that user it is looked through. */
export async function sealDisk(
  datastore: DatastoreFolder,
  input: Pick<SealInput, 'volumeId' | 'name' | 'sizeBytes'> & { readonly slot: number },
  owner: Owner,
  signal: AbortSignal,
): Promise<VolumeRecord> {
  const { volumeId } = input
  const [role, format] = ['disk', 'qcow2'] as const
  const dataFile = dataFileOf(role, format)
  const placed = datastore.at(volumeId, dataFile)
  const asked = { ...input, kind: role, format }
  const { path } = await findReceived(datastore, asked, placed)
  await changeOwner(path, owner)
  const virtualSizeBytes = await examineQcow2(path, asked, { ...owner, groups: [] }, signal)
  if (path !== placed) await rename(path, placed)
  return { format: 1, role, dataFile, imageFormat: format, virtualSizeBytes }
}

/** Where it lies, as long as was announced and of the kind that was said. */
async function findReceived(datastore: DatastoreFolder, input: SealInput, placed: string) {
  const incoming = datastore.at(input.volumeId, INCOMING)
  // Already in its place where an earlier try was stopped just before its record.
  const path = (await headOf(incoming)) === undefined ? placed : incoming
  const found = await headOf(path)
  if (found === undefined) throw refuse('not_found', { kind: 'volume', id: input.volumeId })
  const { sizeBytes } = found
  if (sizeBytes !== input.sizeBytes) throw refuse('image_size', { received: sizeBytes, announced: input.sizeBytes })
  const problem = headProblem(input, found)
  if (problem !== undefined) throw unusable(input, problem)
  return { path, sizeBytes }
}

interface Head {
  readonly sizeBytes: number
  readonly bytes: Buffer
}

async function openPlain(path: string): Promise<FileHandle | undefined> {
  return open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(absentIsUndefined)
}

async function headOf(path: string): Promise<Head | undefined> {
  await using file = await openPlain(path)
  if (file === undefined) return undefined
  const found = await file.stat()
  if (!found.isFile()) throw new Error(`${path} is not a plain file`)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
  return { sizeBytes: found.size, bytes: buffer.subarray(0, bytesRead) }
}

function headProblem({ kind, format }: SealInput, { bytes, sizeBytes }: Head): string | undefined {
  switch (kind) {
    case 'kernel':
      return kernelProblem(bytes)
    case 'initrd':
      return initrdProblem(bytes)
    case 'iso':
      return isoProblem(bytes, sizeBytes)
    case 'disk':
      return format === 'qcow2' ? qcow2Problem(bytes) : rawProblem(bytes, sizeBytes)
  }
}

/** What QEMU says of it, read by a user who can read this and little else. */
async function examineQcow2(path: string, input: SealInput, as: Identity, signal: AbortSignal): Promise<number> {
  try {
    const virtualSizeBytes = await qcow2VirtualSize(path, as, signal)
    await checkQcow2(path, as, signal)
    return virtualSizeBytes
  } catch (error) {
    if (!(error instanceof ToolFailedError)) throw error
    const said = error.output.replaceAll(path, 'the file').split('\n').at(-1) ?? ''
    throw unusable(input, `qemu-img refuses it (${said})`, error)
  }
}

/** Root's, and readable by the VMs that use it as their base. */
export async function makeReadOnly(path: string, imagesGid: number): Promise<void> {
  await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  await file.chown(0, imagesGid)
  await file.chmod(0o440)
  await file.sync()
}

/** A file that only its owner can read goes over to another. */
export async function changeOwner(path: string, { uid, gid }: Owner): Promise<void> {
  await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  await file.chown(uid, gid)
  await file.sync()
}

function unusable({ kind, format, slot, name }: SealInput, problem: string, cause?: unknown): AppError {
  if (slot !== undefined) return refuse('disk_unusable', { slot, name, problem }, { cause })
  return refuse('image_format', { format: kind === 'disk' ? format : kind, problem }, { cause })
}
