import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { ROUTES } from '@viv/api'
import { AppError, causeChain } from '@viv/common'
import type { FastifyInstance } from 'fastify'
import { WebSocket, WebSocketServer } from 'ws'
import { authorize, type Caller } from '../auth/caller.ts'
import type { TicketService } from '../services/tickets.ts'
import type { VmService } from '../services/vms.ts'
import { asAppError, errorBody, statusOf } from './refusals.ts'
import { callerOf, refuseForeignOrigin, type ServerOptions } from './server.ts'

const PATH = /^\/v1\/vms\/([0-9a-f-]{36})\/(serial|screen)(?:\?ticket=([A-Za-z0-9_-]+))?$/
/** What a person types or pastes at once. */
const MESSAGE_LIMIT_BYTES = 64 * 1024
/** A viewer that is this far behind is dropped: its machine's output does not wait for it. */
const BACKLOG_LIMIT_BYTES = 4 * 1024 * 1024

export interface Consoles {
  readonly vms: VmService
  readonly tickets: TicketService
}

/** `vmSerial` and `vmScreen`: each upgrades to a WebSocket whose binary messages are the bytes, of the line or of RFB. */
export function addConsoles(app: FastifyInstance, consoles: Consoles, options: ServerOptions): void {
  const server = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_LIMIT_BYTES })
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Node has taken its own listener off: a caller that is gone must not be our end.
    socket.on('error', () => socket.destroy())
    open(request, consoles, options).then(
      (line) => {
        line.on('error', () => undefined)
        socket.once('close', () => line.destroy())
        if (socket.destroyed) line.destroy()
        else server.handleUpgrade(request, socket, head, (viewer) => join(viewer, line))
      },
      (error: unknown) => refuseUpgrade(socket, error, options),
    )
  })
  app.addHook('preClose', (done) => {
    for (const viewer of server.clients) viewer.terminate()
    done()
  })
}

async function open(request: IncomingMessage, { vms, tickets }: Consoles, options: ServerOptions): Promise<Duplex> {
  refuseForeignOrigin(request)
  const [, vmId, which, ticket] = PATH.exec(request.url ?? '') ?? []
  const use = which === 'screen' ? 'screen' : 'serial'
  if (vmId === undefined) {
    throw new AppError([{ reason: 'no_such_route', facts: { method: 'GET', path: request.url ?? '' } }])
  }
  const caller =
    ticket === undefined
      ? callerOf({ headers: request.headers, socket: request.socket }, options)
      : tickets.redeem(ticket, vmId, use)
  authorize(caller, ROUTES[use === 'screen' ? 'vmScreen' : 'vmSerial'].permission)
  return vms.openConsole(caller as Caller, vmId, use)
}

function join(viewer: WebSocket, line: Duplex): void {
  line.on('data', (bytes: Buffer) => {
    if (viewer.bufferedAmount > BACKLOG_LIMIT_BYTES) viewer.close(1013, 'too slow')
    else if (viewer.readyState === WebSocket.OPEN) viewer.send(bytes)
  })
  line.on('close', () => viewer.close(1000, 'the line ended'))
  line.on('error', () => viewer.close(1011, 'the line broke'))
  viewer.on('message', (data: Buffer) => line.write(data))
  viewer.on('close', () => line.destroy())
  viewer.on('error', () => line.destroy())
}

function refuseUpgrade(socket: Duplex, error: unknown, options: ServerOptions): void {
  const refused = asAppError(error, 'upgrade', { method: 'GET', path: 'console' })
  if (statusOf(refused) >= 500) options.log('a console failed', { error: causeChain(refused) })
  const body = JSON.stringify(errorBody(refused, 'upgrade'))
  const head = `HTTP/1.1 ${statusOf(refused)} Refused\r\ncontent-type: application/json\r\n`
  socket.end(`${head}content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`)
}
