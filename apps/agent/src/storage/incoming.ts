import { open, rename, statfs } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { AppError, refuse } from '@viv/common'
import { syncFolder } from '../store/durable-file.ts'
import { type DatastoreFolder, openNew } from './datastore-folder.ts'

/** A volume's bytes once they are all there and on disk, until they are sealed. */
export const INCOMING = 'incoming'
const RECEIVING = 'receiving'
const ROOT = { uid: 0, gid: 0 }
const MIB = 1024 ** 2
/** Of the one datastore that a host has, for people. */
const DATASTORE_NAME = 'local'

/** Streams bytes into a folder of their own. Nothing of them is kept unless they are exactly as many as announced. */
export async function receiveInto(
  datastore: DatastoreFolder,
  volumeId: string,
  sizeBytes: number,
  content: Readable,
  signal: AbortSignal,
): Promise<void> {
  await requireRoom(datastore, sizeBytes)
  await datastore.begin(volumeId)
  try {
    const path = datastore.at(volumeId, RECEIVING)
    await write(path, sizeBytes, content, signal)
    await rename(path, datastore.at(volumeId, INCOMING))
    await syncFolder(datastore.at(volumeId))
  } catch (error) {
    await datastore.drop(volumeId)
    throw asRefusal(error, volumeId, sizeBytes)
  }
}

async function write(path: string, sizeBytes: number, content: Readable, signal: AbortSignal): Promise<void> {
  await using file = await openNew(path, ROOT, 0o600)
  const end = (): void => void content.destroy(signal.reason as Error)
  signal.throwIfAborted()
  signal.addEventListener('abort', end)
  let received = 0
  try {
    for await (const chunk of content as AsyncIterable<Buffer>) {
      received += chunk.length
      if (received > sizeBytes) break
      // Writes the whole chunk at the file's position; `write` may write a part.
      await file.writeFile(chunk)
    }
  } finally {
    signal.removeEventListener('abort', end)
  }
  if (received !== sizeBytes) throw refuse('image_size', { received, announced: sizeBytes })
  await file.sync()
}

async function requireRoom(datastore: DatastoreFolder, sizeBytes: number): Promise<void> {
  const { freeBytes } = await roomOf(datastore.path)
  if (sizeBytes > freeBytes) throw outOfSpace(sizeBytes)
}

export async function roomOf(path: string): Promise<{ totalBytes: number; freeBytes: number }> {
  const { blocks, bavail, bsize } = await statfs(path)
  return { totalBytes: blocks * bsize, freeBytes: bavail * bsize }
}

export function outOfSpace(neededBytes: number, cause?: unknown): AppError {
  const neededMib = Math.ceil(neededBytes / MIB)
  return refuse('datastore_full', { datastore: DATASTORE_NAME, neededMib }, { cause })
}

export const isOutOfSpace = (error: unknown): boolean => {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOSPC' || code === 'EDQUOT'
}

/** What ends a stream early is the sender's end of it; errors of our own disk have a system call. */
function asRefusal(error: unknown, volumeId: string, sizeBytes: number): unknown {
  if (error instanceof AppError) return error
  if (isOutOfSpace(error)) return outOfSpace(sizeBytes, error)
  return refuse('upload_interrupted', { name: volumeId }, { cause: error })
}

/** Makes a file's content durable. */
export async function syncFile(path: string): Promise<void> {
  await using file = await open(path, 'r')
  await file.sync()
}
