import { constants } from 'node:fs'
import { type FileHandle, open, rename } from 'node:fs/promises'
import { type AppError, refuse } from '@viv/common'
import type { OpInput } from '../domain/contract.ts'
import { absentIsUndefined, type DatastoreFolder } from './datastore-folder.ts'
import { HEAD_BYTES, initrdProblem, isoProblem, kernelProblem, qcow2Problem, rawProblem } from './image-formats.ts'
import { INCOMING } from './incoming.ts'
import { checkQcow2, qcow2VirtualSize } from './qemu-img.ts'
import { ToolFailedError } from './tool.ts'
import { dataFileOf, type VolumeRecord, type VolumeRole } from './volume-record.ts'

interface SealOptions {
  readonly imagesGid: number
  readonly toolUid: number
  readonly signal: AbortSignal
}

type SealInput = OpInput<'imageSeal'>

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
  const incoming = datastore.at(volumeId, INCOMING)
  // Already in its place where an earlier try was stopped just before its record.
  const path = (await headOf(incoming)) === undefined ? placed : incoming
  const found = await headOf(path)
  if (found === undefined) throw refuse('not_found', { kind: 'volume', id: volumeId })
  if (found.sizeBytes !== input.sizeBytes) {
    throw refuse('image_size', { received: found.sizeBytes, announced: input.sizeBytes })
  }
  const problem = headProblem(input, found)
  if (problem !== undefined) throw unusable(input, problem)
  await makeReadOnly(path, options.imagesGid)
  const isQcow2 = kind === 'disk' && format === 'qcow2'
  const virtualSizeBytes = isQcow2 ? await examineQcow2(path, input, options) : found.sizeBytes
  if (path !== placed) await rename(path, placed)
  return { format: 1, role, dataFile, imageFormat: role === 'image' ? format : 'raw', virtualSizeBytes }
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

/** What QEMU says of it, read by a user who can read images and nothing else. */
async function examineQcow2(path: string, input: SealInput, options: SealOptions): Promise<number> {
  const as = { uid: options.toolUid, gid: options.imagesGid, groups: [] }
  try {
    const virtualSizeBytes = await qcow2VirtualSize(path, as, options.signal)
    await checkQcow2(path, as, options.signal)
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
export async function changeOwner(path: string, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  await file.chown(uid, gid)
  await file.sync()
}

function unusable({ kind, format }: SealInput, problem: string, cause?: unknown): AppError {
  return refuse('image_format', { format: kind === 'disk' ? format : kind, problem }, { cause })
}
