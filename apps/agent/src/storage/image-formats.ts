import { VM_LIMITS } from '@viv/common'

/**
 * What a file that somebody sent is, from its first bytes; pure, and before any tool opens it.
 *
 * qcow2, big-endian (https://gitlab.com/qemu-project/qemu/-/blob/master/docs/interop/qcow2.txt):
 *   0 magic   4 version   8 backing file's offset   24 virtual size   32 encryption   72 incompatible features (v3)
 *
 * Linux on x86: 0x1fe boot sector's mark, 0x202 "HdrS"
 * (https://docs.kernel.org/arch/x86/boot.html)
 *
 * ISO 9660, its primary volume descriptor in sector 16 (ECMA-119, 8.4):
 *   0 type 1   1 "CD001"   80 blocks of the volume, little-endian   128 size of a block
 */
const ISO_VOLUME = 16 * 2048
export const HEAD_BYTES = ISO_VOLUME + 2048

const QCOW2_MAGIC = 'QFI\xfb'
const QCOW2_V2_BYTES = 72
const QCOW2_V3_BYTES = 104
const MAX_DISK_BYTES = VM_LIMITS.diskMibMax * 1024 ** 2
const SECTOR_BYTES = 512

const FEATURE = { dirty: 1n, corrupt: 2n, externalData: 4n } as const

const startsWith = (head: Buffer, magic: string, at = 0): boolean =>
  head.toString('latin1', at, at + magic.length) === magic

/** Why this qcow2 cannot be an image here; undefined where it can. */
export function qcow2Problem(head: Buffer): string | undefined {
  if (isIso(head)) return 'it is an ISO image; add it with the kind "iso"'
  if (!startsWith(head, QCOW2_MAGIC) || head.length < QCOW2_V2_BYTES) return 'it is not a qcow2 file'
  const version = head.readUInt32BE(4)
  if (version !== 2 && version !== 3) return `it is qcow version ${version}; 2 and 3 are known`
  if (version === 3 && head.length < QCOW2_V3_BYTES) return 'its header is cut off'
  if (head.readBigUInt64BE(8) !== 0n) {
    return 'it needs another file below it (a backing file); make it whole with "qemu-img convert -O qcow2"'
  }
  if (head.readUInt32BE(32) !== 0) return 'it is encrypted'
  return featureProblem(version === 3 ? head.readBigUInt64BE(72) : 0n) ?? sizeProblem(head.readBigUInt64BE(24))
}

function featureProblem(features: bigint): string | undefined {
  if ((features & FEATURE.externalData) !== 0n) return 'it keeps its data in another file'
  if ((features & FEATURE.corrupt) !== 0n) return 'it is marked as corrupt; repair it with "qemu-img check -r all"'
  if ((features & FEATURE.dirty) !== 0n) return 'it was not closed cleanly; repair it with "qemu-img check -r all"'
  return undefined
}

function sizeProblem(virtualSizeBytes: bigint | number): string | undefined {
  if (virtualSizeBytes === 0n || virtualSizeBytes === 0) return 'its disk has no size'
  if (virtualSizeBytes > MAX_DISK_BYTES) return `its disk is larger than ${VM_LIMITS.diskMibMax} MiB`
  return undefined
}

/** A raw disk may hold anything; only what is surely a mistake is refused. */
export function rawProblem(head: Buffer, sizeBytes: number): string | undefined {
  if (startsWith(head, QCOW2_MAGIC)) return 'it is a qcow2 file'
  if (sizeBytes % SECTOR_BYTES !== 0) return `${sizeBytes} bytes are not a whole number of ${SECTOR_BYTES}-byte sectors`
  return sizeProblem(sizeBytes)
}

export function kernelProblem(head: Buffer): string | undefined {
  const isBzImage = startsWith(head, '\x55\xaa', 0x1fe) && startsWith(head, 'HdrS', 0x202)
  if (isBzImage || startsWith(head, '\x7fELF') || startsWith(head, 'MZ')) return undefined
  return 'it is neither a bzImage nor an ELF or EFI program'
}

/** What Linux unpacks: cpio as it is or compressed. */
const INITRD_MAGICS = [
  ...['070701', '070702', '\x1f\x8b', '\x28\xb5\x2f\xfd', '\xfd7zXZ\0'],
  ...['\x02\x21\x4c\x18', '\x5d\0\0', 'BZh', '\x89LZO\0'],
]

export function initrdProblem(head: Buffer): string | undefined {
  if (INITRD_MAGICS.some((magic) => startsWith(head, magic))) return undefined
  return 'it is neither a cpio archive nor one that is compressed as Linux knows it'
}

const isIso = (head: Buffer): boolean => head.length >= HEAD_BYTES && startsWith(head, 'CD001', ISO_VOLUME + 1)

/** Some writers count blocks behind the last file that they then leave out. */
const ISO_PADDING_BLOCKS = 150

export function isoProblem(head: Buffer, sizeBytes: number): string | undefined {
  if (!isIso(head)) return 'it has no ISO 9660 file system'
  const [blocks, blockBytes] = [head.readUInt32LE(ISO_VOLUME + 80), head.readUInt16LE(ISO_VOLUME + 128)]
  const neededBytes = (blocks - ISO_PADDING_BLOCKS) * blockBytes
  return sizeBytes < neededBytes ? `it is cut off: its volume has ${blocks * blockBytes} bytes` : undefined
}
