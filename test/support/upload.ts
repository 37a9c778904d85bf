import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { request } from 'node:http'
import type { ErrorBody, Image } from '@viv/api'
import { foldersOf } from '@viv/common'

export interface UploadAnswer {
  readonly status: number
  readonly body: Image & ErrorBody
}

/** Streams a file in as `viv image add` does; `cutAfter` breaks the connection after so many bytes. */
export async function upload(
  root: string,
  query: Record<string, string>,
  file: string,
  cutAfter?: number,
): Promise<UploadAnswer | 'cut'> {
  const { size } = await stat(file)
  const { promise, resolve, reject } = Promise.withResolvers<UploadAnswer | 'cut'>()
  const sent = request(
    {
      socketPath: foldersOf(root).apiSocket,
      agent: false,
      method: 'POST',
      path: `/v1/images?${new URLSearchParams(query).toString()}`,
      headers: { 'content-type': 'application/octet-stream', 'content-length': size },
    },
    (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }))
    },
  )
  sent.on('error', (error) => (cutAfter === undefined ? reject(error) : resolve('cut')))
  const content = createReadStream(file, cutAfter === undefined ? {} : { end: cutAfter - 1 })
  content.pipe(sent, { end: cutAfter === undefined })
  if (cutAfter !== undefined) content.on('end', () => sent.destroy())
  return promise
}
