import type { ImageFormat } from '../domain/contract.ts'
import { type Identity, runQemuImg, ToolFailedError } from './tool.ts'

/**
 * Our words to qemu-img. It never guesses a format: what a guest wrote into a raw disk could make it take the
 * disk for a qcow2 whose backing file is any file of the host.
 */
export interface VolumeFile {
  readonly file: string
  readonly format: ImageFormat
}

/** What a tool's run belongs to: the operation's end, and where it says how far it is. */
export interface Work {
  readonly signal: AbortSignal
  progress(fraction: number, note: string): void
}

const QUICK_MS = 60_000
/** `check` reads all metadata: 130 MiB of it per TiB of disk. */
const CHECK_MS = 10 * 60_000
const EXIT_LEAKS = 3
/** The slowest storage on which a copy is still worth waiting for. */
const COPY_BYTES_PER_MS = 10_000

interface NewDisk {
  readonly file: string
  readonly virtualSizeBytes: number
  readonly base?: VolumeFile
}

/** Writes an empty qcow2 into an existing file. A base is named in it, not opened: its size is known to us. */
export async function createQcow2(disk: NewDisk, as: Identity, signal: AbortSignal): Promise<void> {
  const below = disk.base === undefined ? [] : ['-u', '-b', disk.base.file, '-F', disk.base.format]
  const args = ['create', '-q', '-f', 'qcow2', ...below, disk.file, String(disk.virtualSizeBytes)]
  await runQemuImg(args, { as, signal, deadlineMs: QUICK_MS })
}

/** Copies an image's content into a fresh, empty qcow2 of at least its size. */
export async function copyIntoQcow2(
  source: VolumeFile,
  target: Omit<NewDisk, 'base'>,
  as: Identity,
  { signal, progress }: Work,
): Promise<void> {
  const deadlineMs = Math.ceil(QUICK_MS + target.virtualSizeBytes / COPY_BYTES_PER_MS)
  const onOutput = (text: string): void => {
    const percent = text.match(/\(([\d.]+)\/100%\)\s*$/)?.[1]
    if (percent !== undefined) progress(Number(percent) / 100, 'copy the image')
  }
  // The target is fresh, so zeroes need not be written; it exists, so that its owner and mode are ours.
  const flags = ['-p', '-n', '--target-is-zero', '-f', source.format, '-O', 'qcow2']
  await runQemuImg(['convert', ...flags, source.file, target.file], { as, signal, deadlineMs, onOutput })
}

/** What QEMU itself takes the image's virtual size for. */
export async function qcow2VirtualSize(file: string, as: Identity, signal: AbortSignal): Promise<number> {
  const options = { as, signal, deadlineMs: QUICK_MS }
  const text = await runQemuImg(['info', '--output=json', '-f', 'qcow2', file], options)
  const { 'virtual-size': sizeBytes } = JSON.parse(text) as { 'virtual-size'?: unknown }
  if (typeof sizeBytes !== 'number') throw new Error('qemu-img info names no virtual size')
  return sizeBytes
}

/** Throws where metadata points outside the file or contradicts itself: a truncated file shows here and nowhere before. */
export async function checkQcow2(file: string, as: Identity, signal: AbortSignal): Promise<void> {
  try {
    await runQemuImg(['check', '-q', '-f', 'qcow2', file], { as, signal, deadlineMs: CHECK_MS })
  } catch (error) {
    // Space that nothing uses is lost, but nothing else is.
    if (!(error instanceof ToolFailedError && error.exitCode === EXIT_LEAKS)) throw error
  }
}
