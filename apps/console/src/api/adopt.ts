import { DESCRIPTION_FILE, DESCRIPTION_LIMIT_BYTES, readPackage, type Task, type WholePackage } from '@viv/api'
import { ApiError, sendParts } from '@viv/client'
import { refuse } from '@viv/common'
import { uploadPart } from './upload.ts'
import { client } from './wire.ts'

/** The folder of a packed VM, as a person chose it. */
export interface ChosenPackage {
  readonly description: WholePackage
  readonly files: ReadonlyMap<string, File>
  readonly sizeBytes: number
}

/** What a chosen folder holds. Refuses what is not whole before anything of it is sent. */
export async function openPackage(chosen: readonly File[]): Promise<ChosenPackage> {
  // Of a folder a browser gives everything, with where it lies: only its top is meant.
  const top = new Map(chosen.filter(isAtTop).map((file) => [file.name, file]))
  const folder = chosen[0]?.webkitRelativePath.split('/')[0] || '–'
  if (folder.endsWith('.partial')) throw refuse('package_partial', { folder })
  const text = top.get(DESCRIPTION_FILE)
  if (text === undefined) throw refuse('package_absent', { folder })
  const limit = DESCRIPTION_LIMIT_BYTES
  if (text.size > limit) throw refuse('package_too_large', { bytes: text.size, limit })
  const description = await readPackage(new Uint8Array(await text.arrayBuffer()))
  const files = new Map(description.files.map(({ name, sizeBytes }) => [name, wholeFile(top, name, sizeBytes)]))
  return { description, files, sizeBytes: description.files.reduce((sum, file) => sum + file.sizeBytes, 0) }
}

const isAtTop = ({ webkitRelativePath }: File): boolean => webkitRelativePath.split('/').length <= 2

function wholeFile(files: ReadonlyMap<string, File>, name: string, wanted: number): File {
  const file = files.get(name)
  if (file === undefined) throw refuse('package_file_missing', { file: name })
  if (file.size !== wanted) throw refuse('package_file_size', { file: name, found: file.size, wanted })
  return file
}

export interface SentSoFar {
  readonly part: string
  readonly sentBytes: number
}

/** Sends the files to an adoption that has begun. Where it throws nothing of the VM stays. */
export function sendPackage(
  { files }: ChosenPackage,
  task: Task,
  onProgress: (sent: SentSoFar) => void,
  signal: AbortSignal,
): Promise<void> {
  const sent = new Map<string, number>()
  return sendParts({
    client,
    task,
    // Small ones first: a refusal of what comes too early then reaches a browser, which sends on without hearing.
    parts: [...files].sort(([, a], [, b]) => a.size - b.size).map(([name]) => name),
    signal,
    send: (part) => {
      const file = files.get(part)
      if (file === undefined) throw new Error(`${part} is no file of this package`)
      const onPart = (bytes: number): void => {
        sent.set(part, Math.min(bytes, file.size))
        onProgress({ part, sentBytes: [...sent.values()].reduce((sum, count) => sum + count, 0) })
      }
      onPart(0)
      return uploadPart(task.target.id, part, file, onPart, signal)
    },
    onWait: () => undefined,
    failure: ({ error }) =>
      error === undefined ? new DOMException('cancelled', 'AbortError') : new ApiError(0, { requestId: '', ...error }),
  })
}
