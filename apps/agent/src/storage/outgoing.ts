import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { refuse } from '@viv/common'
import type { Outgoing } from '../domain/backend.ts'
import { HEAD_BYTES } from './image-formats.ts'

const CHUNK_BYTES = 1024 * 1024

/**
 * A file that a VM's user owns, as its bytes. A link, or anything else but a plain file, is nothing of ours. What is
 * written to meanwhile breaks off: half of one state and half of another is no disk. `problemOf` looks at how it begins:
 * a QEMU that was taken over may have made its disk name a file of whatever host it is opened on.
 */
export async function openOutgoing(
  path: string,
  volume: string,
  problemOf: (head: Buffer) => string | undefined = () => undefined,
): Promise<Outgoing> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const found = await file.stat({ bigint: true })
    if (!found.isFile()) throw new Error(`${path} is not a plain file`)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
    const problem = problemOf(buffer.subarray(0, bytesRead))
    if (problem !== undefined) throw refuse('image_format', { format: 'qcow2', problem })
    const sizeBytes = Number(found.size)
    const content = Readable.from(read(file, sizeBytes, found.mtimeNs, volume), {
      objectMode: false,
      highWaterMark: CHUNK_BYTES,
    })
    // One that is destroyed before its first byte was asked for never gets to its own end.
    content.once('close', () => void file.close().catch(() => undefined))
    return { sizeBytes, content }
  } catch (error) {
    await file.close()
    throw error
  }
}

/** The last bytes are held back until it is known that nobody has written. */
async function* read(file: FileHandle, sizeBytes: number, modifiedNs: bigint, volume: string): AsyncGenerator<Buffer> {
  for (let sent = 0; sent < sizeBytes; ) {
    const wanted = Math.min(CHUNK_BYTES, sizeBytes - sent)
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, sent)
    sent += bytesRead
    if (bytesRead === 0 || (sent === sizeBytes && (await file.stat({ bigint: true })).mtimeNs !== modifiedNs)) {
      throw new Error(`${volume} was written to while it was read`)
    }
    yield buffer.subarray(0, bytesRead)
  }
}
