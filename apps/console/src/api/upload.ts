import { type ErrorBody, type Image, ROUTES, type Route } from '@viv/api'
import { ApiError, pathOf, UnreachableError } from '@viv/client'

export interface UploadWanted {
  readonly name: string
  readonly kind: 'disk' | 'kernel' | 'initrd' | 'iso'
  readonly format: 'qcow2' | 'raw'
}

type OnProgress = (sentBytes: number) => void

/** A file of the person's computer, as an image. */
export async function uploadImage(
  file: File,
  wanted: UploadWanted,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<Image> {
  const { imageUpload } = ROUTES
  return (await stream(imageUpload, pathOf(imageUpload, { query: { ...wanted } }), file, onProgress, signal)) as Image
}

/** A file of a package, for a VM that waits for it. */
export async function uploadPart(
  vmId: string,
  part: string,
  file: File,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<void> {
  const { vmPartSend } = ROUTES
  await stream(vmPartSend, pathOf(vmPartSend, { params: { vmId, part } }), file, onProgress, signal)
}

/**
 * Streams a file in; the browser reads it piece by piece. By XMLHttpRequest, since fetch does not tell how much has
 * been sent.
 */
function stream(
  { method, streams, status }: Pick<Route, 'method' | 'status'> & { readonly streams: string },
  path: string,
  file: File,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>()
  const request = new XMLHttpRequest()
  const abort = (): void => request.abort()
  request.open(method, path)
  request.setRequestHeader('content-type', streams)
  request.upload.addEventListener('progress', ({ loaded }) => onProgress(loaded))
  request.addEventListener('load', () => {
    const body = parsed(request.responseText)
    if (request.status === status) resolve(body)
    else reject(new ApiError(request.status, body as ErrorBody | undefined))
  })
  request.addEventListener('error', () => reject(new UnreachableError('the upload was cut')))
  request.addEventListener('abort', () => reject(new DOMException('cancelled', 'AbortError')))
  request.addEventListener('loadend', () => signal.removeEventListener('abort', abort))
  signal.addEventListener('abort', abort)
  request.send(file)
  return promise
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Whatever answered was not the manager: the status alone is told.
    return undefined
  }
}
