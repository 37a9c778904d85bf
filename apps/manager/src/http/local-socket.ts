import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** Connections that came in through the server's own socket: only root and the manager's user can open it. */
export class LocalSockets {
  readonly #sockets = new WeakSet<object>()

  has(socket: object): boolean {
    return this.#sockets.has(socket)
  }

  /** Serves the same routes on a unix socket, 0600. */
  async listen(app: FastifyInstance, path: string): Promise<Server> {
    const server = createServer({ requestTimeout: 0 }, (request, response) =>
      app.server.emit('request', request, response),
    )
    server.on('connection', (socket: Socket) => this.#sockets.add(socket))
    server.on('upgrade', (request, socket, head) => app.server.emit('upgrade', request, socket, head))
    rmSync(path, { force: true })
    // The mask is the process's: nothing else opens files between these two lines.
    const mask = process.umask(0o177)
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(path, resolve)
      })
      chmodSync(path, 0o600)
    } finally {
      process.umask(mask)
    }
    return server
  }
}
