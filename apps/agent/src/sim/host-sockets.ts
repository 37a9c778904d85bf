import { once } from 'node:events'
import { chmodSync, chownSync } from 'node:fs'
import type { IncomingMessage, Server as HttpServer } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import type { SimulatedHost } from './simulated-host.ts'

/** Whose group may call, beside who runs the simulator. */
export interface SocketAccess {
  readonly managerGid: number | undefined
}

/**
 * A socket for each host, all of them served by one HTTP server: a server for each would take a thousand times what one
 * takes. Whose a request is, its connection says.
 */
export class HostSockets implements AsyncDisposable {
  readonly #http: HttpServer
  readonly #servers: Server[] = []
  readonly #hostOf = new WeakMap<object, SimulatedHost>()
  readonly #sockets = new Map<SimulatedHost, Set<Socket>>()

  constructor(http: HttpServer) {
    this.#http = http
  }

  hostOf({ socket }: IncomingMessage): SimulatedHost {
    const host = this.#hostOf.get(socket)
    if (host === undefined) throw new Error('a request came on a connection that belongs to no host')
    return host
  }

  async listen(folder: string, name: string, host: SimulatedHost, { managerGid }: SocketAccess): Promise<void> {
    const path = join(folder, `${name}.sock`)
    const server = createServer((socket) => this.#take(host, socket))
    this.#servers.push(server)
    server.listen(path)
    await once(server, 'listening')
    // The folder lets nobody else through, also before this.
    if (managerGid !== undefined) chownSync(path, 0, managerGid)
    chmodSync(path, managerGid === undefined ? 0o600 : 0o660)
  }

  /** Ends every connection of the host; what it answers from now on, its faults say. */
  cut(host: SimulatedHost): void {
    for (const socket of this.#sockets.get(host) ?? []) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const host of this.#sockets.keys()) this.cut(host)
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))))
  }

  #take(host: SimulatedHost, socket: Socket): void {
    if (!host.faults.isReachable) return void socket.destroy()
    const sockets = this.#sockets.get(host) ?? new Set()
    this.#sockets.set(host, sockets.add(socket))
    socket.once('close', () => sockets.delete(socket))
    this.#hostOf.set(socket, host)
    this.#http.emit('connection', socket)
  }
}
