import { ROUTES } from '@viv/api'
import { pathOf, readAnswer, UnreachableError } from '@viv/client'
import { WebSocket } from 'ws'
import type { Connection } from './connection.ts'
import { readText } from './http-wire.ts'

/** The serial line as an open WebSocket, paused until somebody listens; a refusal comes out as the API's error. */
export async function openSerial({ transport, headers }: Connection, vmId: string): Promise<WebSocket> {
  const path = pathOf(ROUTES.vmSerial, { params: { vmId } })
  // The transport has connected, over TLS where it must, so what is left to say is plain.
  const raw = await transport.open()
  const socket = new WebSocket(`ws://${transport.authority}${path}`, {
    createConnection: () => raw,
    headers,
    perMessageDeflate: false,
  })
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>()
  socket.once('open', () => {
    socket.pause()
    resolve(socket)
  })
  socket.once('error', (error) =>
    reject(new UnreachableError(`The connection to ${transport.name} broke: ${error.message}`, { cause: error })),
  )
  socket.once('unexpected-response', (_request, response) => {
    readText(response)
      .then((text) => readAnswer({ status: response.statusCode ?? 0, text }))
      .then(() => reject(new UnreachableError(`${transport.name} has no serial line to offer`)), reject)
      .finally(() => raw.destroy())
  })
  return promise
}
