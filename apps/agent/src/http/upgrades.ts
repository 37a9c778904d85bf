import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { SCREEN_PROTOCOL, SERIAL_PROTOCOL } from '@viv/agent-api'
import type { Backend } from '../domain/backend.ts'

/** Whom a request means: a real agent is one host, a simulator is many. */
export type FindBackend = (request: IncomingMessage) => Backend

const PATH = /^\/vms\/([0-9a-f-]{36})\/(serial|screen)$/
const PROTOCOLS: Readonly<Record<string, string>> = { serial: SERIAL_PROTOCOL, screen: SCREEN_PROTOCOL }

/** The serial line and the screen: raw bytes both ways after an upgrade, which Fastify has no word for. */
export class Upgrades {
  readonly #find: FindBackend
  readonly #sockets = new Set<Duplex>()

  constructor(find: FindBackend) {
    this.#find = find
  }

  serve(server: Server): Server {
    return server.on('upgrade', (request, socket: Duplex, head: Buffer) => {
      // Node has taken its own listener off: a caller that is gone must not be our end.
      socket.on('error', () => undefined)
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      void this.#upgrade(request, socket, head)
    })
  }

  /** A server that closes waits for every connection, and these would never end by themselves. */
  end(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { url, headers } = request
    const [, vmId = '', what = ''] = PATH.exec(url ?? '') ?? []
    const protocol = PROTOCOLS[what]
    const isAsked = protocol !== undefined && headers.upgrade === protocol
    const line = isAsked ? await open(this.#find(request), vmId, what).catch(() => undefined) : undefined
    if (line === undefined) {
      socket.end(`HTTP/1.1 409 ${STATUS_CODES[409]}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`)
      return
    }
    // The caller may have gone while the line was opened: its close has been told already.
    if (socket.destroyed) return void line.destroy()
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${protocol}\r\n\r\n`)
    if (head.length > 0) line.write(head)
    join(socket, line)
  }
}

function open(backend: Backend, vmId: string, what: string): Promise<Duplex | undefined> {
  return what === 'screen' ? backend.screen(vmId) : Promise.resolve(backend.serial(vmId))
}

function join(socket: Duplex, line: Duplex): void {
  const end = () => {
    line.destroy()
    socket.destroy()
  }
  // A viewer that leaves ends its half; the line never would by itself.
  for (const side of [socket, line]) side.on('error', end).on('close', end).on('end', end)
  socket.pipe(line)
  line.pipe(socket)
}
