import { fstatSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Image, ImageKind } from '@viv/api'
import { usageError } from '../output/errors.ts'

interface Magic {
  readonly name: string
  readonly bytes: Buffer
  readonly tip: string
}

const UNPACK = 'Unpack it first.'
const convert = (format: string) => `Convert it: qemu-img convert -f ${format} -O qcow2 FILE FILE.qcow2`
const magic = (name: string, bytes: string, tip: string): Magic => ({ name, bytes: Buffer.from(bytes, 'latin1'), tip })

const QCOW2 = Buffer.from('QFI\xfb', 'latin1')
/** Files that would be taken for a raw disk, and would not boot. */
const NOT_DISKS: readonly Magic[] = [
  magic('VMDK', 'KDMV', convert('vmdk')),
  magic('VMDK description', '# Disk Desc', convert('vmdk')),
  magic('VHDX', 'vhdxfile', convert('vhdx')),
  magic('VHD', 'conectix', convert('vpc')),
  magic('VDI', '<<< ', convert('vdi')),
  magic('gzip', '\x1f\x8b', UNPACK),
  magic('xz', '\xfd7zXZ', UNPACK),
  magic('zstd', '\x28\xb5\x2f\xfd', UNPACK),
  magic('bzip2', 'BZh', UNPACK),
  magic('zip', 'PK\x03\x04', UNPACK),
]
/** ISO 9660: where its name is, in the volume descriptor. */
const ISO_AT = 16 * 2048 + 1
const ISO = Buffer.from('CD001', 'latin1')
const MAGIC_BYTES = ISO_AT + ISO.length

export interface ImageFile extends AsyncDisposable {
  readonly handle: FileHandle
  readonly sizeBytes: number
  /** The file's first bytes. */
  readonly head: Buffer
}

/** Opens what the caller may read. `-` is stdin, where that is a file: of a pipe nobody knows the size. */
export async function openImageFile(path: string): Promise<ImageFile> {
  if (path === '-' && !fstatSync(process.stdin.fd).isFile()) throw notAFile(path)
  const handle = await open(path === '-' ? '/dev/stdin' : path)
  try {
    const stat = await handle.stat()
    if (!stat.isFile()) throw notAFile(path)
    if (stat.size === 0) throw usageError(`${path} is empty.`)
    const head = Buffer.alloc(MAGIC_BYTES)
    const { bytesRead } = await handle.read(head, 0, MAGIC_BYTES, 0)
    return {
      handle,
      sizeBytes: stat.size,
      head: head.subarray(0, bytesRead),
      [Symbol.asyncDispose]: () => handle.close(),
    }
  } catch (error) {
    await handle.close()
    throw error
  }
}

const notAFile = (path: string) =>
  path === '-'
    ? usageError('The size of a pipe is not known. Give a file, or redirect one: viv image add NAME - < FILE')
    : usageError(`${path} is no ordinary file.`)

/**
 * An ISO image is one by its content, also where it would start from a disk too (isohybrid). Who says a format means a
 * disk.
 */
export const guessKind = (head: Buffer, format: Image['format'] | undefined): ImageKind =>
  format === undefined && startsWith(head.subarray(ISO_AT), ISO) ? 'iso' : 'disk'

/** Format by the first bytes. What is known and can't be used is refused here, before it is sent. */
export function guessFormat(head: Buffer, kind: ImageKind): Image['format'] {
  if (startsWith(head, QCOW2)) return 'qcow2'
  const known = kind === 'disk' ? NOT_DISKS.find(({ bytes }) => startsWith(head, bytes)) : undefined
  if (known === undefined) return 'raw'
  throw usageError(`That is a ${known.name} file; a disk image is qcow2 or raw.`, [
    known.tip,
    'If it is a raw disk all the same: --format raw',
  ])
}

const startsWith = (head: Buffer, bytes: Buffer): boolean => head.subarray(0, bytes.length).equals(bytes)
