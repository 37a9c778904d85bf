import { type ErrorBody, type Image, ROUTES } from '@viv/api'
import { ApiError, pathOf, UnreachableError } from '@viv/client'

export interface UploadWanted {
  readonly name: string
  readonly kind: 'disk' | 'kernel' | 'initrd' | 'iso'
  readonly format: 'qcow2' | 'raw'
}

/**
 * Streams a file of the person's computer in; the browser reads it piece by piece. By XMLHttpRequest, since fetch does
 * not tell how much has been sent.
 */
export function uploadImage(
  file: File,
  wanted: UploadWanted,
  onProgress: (sentBytes: number) => void,
  signal: AbortSignal,
): Promise<Image> {
  const { promise, resolve, reject } = Promise.withResolvers<Image>()
  const request = new XMLHttpRequest()
  const { imageUpload } = ROUTES
  request.open(imageUpload.method, pathOf(imageUpload, { query: { ...wanted } }))
  request.setRequestHeader('content-type', imageUpload.streams)
  request.upload.addEventListener('progress', ({ loaded }) => onProgress(loaded))
  request.addEventListener('load', () => {
    const body = parsed(request.responseText)
    if (request.status === imageUpload.status) resolve(body as Image)
    else reject(new ApiError(request.status, body as ErrorBody | undefined))
  })
  request.addEventListener('error', () => reject(new UnreachableError('the upload was cut')))
  request.addEventListener('abort', () => reject(new DOMException('cancelled', 'AbortError')))
  signal.addEventListener('abort', () => request.abort())
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
