import { request } from 'node:http'
import type { Wire } from '@viv/client'
import { UnreachableError } from '@viv/client'

/** The client's requests over a unix socket, one connection each: what a test kills must not linger in a pool. */
export function socketWire(socketPath: string): Wire {
  return {
    send: ({ method, path, headers, body }) => {
      const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>()
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
      const sent = request(
        { socketPath, agent: false, method, path, headers: { ...headers, ...length } },
        (response) => {
          let text = ''
          response.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk
          })
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
          response.on('error', (error) => reject(new UnreachableError('the answer broke off', { cause: error })))
        },
      )
      sent.on('error', (error) => reject(new UnreachableError(`nobody answers at ${socketPath}`, { cause: error })))
      sent.end(body)
      return promise
    },
  }
}
