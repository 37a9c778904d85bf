import { Readable } from 'node:stream'
import type { Image, ImageKind } from '@viv/api'
import { Command, Option } from 'commander'
import { CliError } from '../output/errors.ts'
import { ProgressLine } from '../output/progress.ts'
import { formatBytes, formatDuration } from '../output/units.ts'
import { connectTo, contextOf, examples } from './context.ts'
import { guessFormat, guessKind, type ImageFile, openImageFile } from './image-file.ts'
import { onInterrupt } from './wait.ts'

const CHUNK_BYTES = 1024 * 1024
const REDRAW_MS = 100

const KINDS = ['disk', 'kernel', 'initrd', 'iso'] as const

interface AddOptions {
  readonly kind?: ImageKind
  readonly format?: Image['format']
}

export function imageAddCommand(): Command {
  const command = new Command('add')
    .summary('send a file of yours as an image')
    .argument('<name>', 'name of the new image')
    .argument('<file>', 'a file that you can read; - for stdin, where that is a file')
    .addOption(new Option('--kind <kind>', 'what it is; disk if not said, or iso where it is one').choices(KINDS))
    .addOption(new Option('--format <format>', 'guessed from its first bytes if not said').choices(['qcow2', 'raw']))
    .action(add)
  return examples(command, [
    'viv image add debian debian-12-genericcloud-amd64.qcow2',
    'viv image add installer debian-12-netinst.iso',
    'viv image add vmlinuz /boot/vmlinuz --kind kernel',
  ])
}

async function add(name: string, path: string, { kind: said, format }: AddOptions, self: Command): Promise<void> {
  const context = contextOf(self)
  const { terminal } = context
  await using file = await openImageFile(path)
  const kind = said ?? guessKind(file.head, format)
  const query = { name, kind, format: format ?? guessFormat(file.head, kind) }
  const connection = await connectTo(context)
  using progress = new ProgressLine(terminal)
  using _interrupt = onInterrupt(
    terminal,
    progress,
    () => new CliError('interrupted', 'Interrupted; nothing of the image is kept.'),
  )
  const show = (sentBytes: number, elapsedMs: number) =>
    progress.show(momentOf(name, sentBytes, file.sizeBytes, elapsedMs))
  const image = await connection.imageUpload(query, file.sizeBytes, contentOf(file, path, show))
  progress.clear()
  const size = formatBytes(file.sizeBytes)
  const next = nextOf(image)
  terminal.result(image, () => [
    `Image "${image.name}" is ready (${size}, ${kind === 'iso' ? kind : image.format}).`,
    ...next,
  ])
}

function nextOf({ kind, name }: Image): string[] {
  if (kind === 'disk') return [`Make a VM of it: viv vm create NAME --image ${name} --start`]
  if (kind !== 'iso') return []
  return [
    `Install from it: viv vm create NAME --cd ${name} --disk 20G --start`,
    `Or put it into a VM that is there: viv vm insert NAME ${name}`,
  ]
}

/** The file's bytes, as many as were announced: it may be written to meanwhile. */
export function contentOf(
  file: Pick<ImageFile, 'handle' | 'sizeBytes'>,
  path: string,
  show: (sentBytes: number, elapsedMs: number) => void,
): Readable {
  const begun = performance.now()
  async function* read(): AsyncGenerator<Buffer> {
    let shownAt = Number.NEGATIVE_INFINITY
    for (let sentBytes = 0; sentBytes < file.sizeBytes; ) {
      const elapsedMs = performance.now() - begun
      if (elapsedMs - shownAt >= REDRAW_MS) {
        show(sentBytes, elapsedMs)
        shownAt = elapsedMs
      }
      const wanted = Math.min(CHUNK_BYTES, file.sizeBytes - sentBytes)
      const { bytesRead, buffer } = await file.handle.read(Buffer.allocUnsafe(wanted), 0, wanted, sentBytes)
      if (bytesRead === 0)
        throw new CliError('failed', `${path} became shorter while it was sent. Nothing of it is kept.`)
      sentBytes += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  }
  return Readable.from(read(), { objectMode: false, highWaterMark: CHUNK_BYTES })
}

export function momentOf(name: string, sentBytes: number, sizeBytes: number, elapsedMs: number) {
  const bytesPerSecond = elapsedMs === 0 ? 0 : (sentBytes * 1000) / elapsedMs
  const left = bytesPerSecond === 0 ? '' : `  ${formatDuration((sizeBytes - sentBytes) / bytesPerSecond)} left`
  const rate = bytesPerSecond === 0 ? '' : `  ${formatBytes(bytesPerSecond)}/s`
  const figures = `${formatBytes(sentBytes)} of ${formatBytes(sizeBytes)}${rate}${left}`
  return { progress: sentBytes / sizeBytes, title: `sending ${name}`, figures }
}
