import { connect, type Socket } from 'node:net'
import { UnreachableError } from '@viv/client'

/** How long a server may take to answer a connection. */
const CONNECT_TIMEOUT_MS = 10_000

/** Opens connections to one server, each of them already trusted: what is written goes to that server. */
export interface Transport {
  readonly name: string
  /** The server's own socket, where everybody is root. */
  readonly isLocal: boolean
  /** The Host header. */
  readonly authority: string
  open(): Promise<Socket>
}

/** The server's own socket, which its folder and mode keep to root. */
export function socketTransport(path: string): Transport {
  return {
    name: path,
    isLocal: true,
    authority: 'localhost',
    open: () =>
      opened(connect(path), 'connect', (error) => new UnreachableError(socketProblem(path, error), { cause: error })),
  }
}

function socketProblem(path: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'EACCES')
    return `Only root may use ${path}. Run viv as root, or log in: viv login https://127.0.0.1:8443`
  const isAbsent = code === 'ENOENT' || code === 'ECONNREFUSED'
  if (isAbsent) return `No Vivarium runs here (nobody answers at ${path}). Start it with: viv up`
  return `${path} can't be reached: ${message}`
}

/** The socket once it has said that it is ready, or the error in our words. */
export async function opened<S extends Socket>(
  socket: S,
  readyEvent: 'connect' | 'secureConnect',
  translate: (error: NodeJS.ErrnoException) => Error,
): Promise<S> {
  const { promise, resolve, reject } = Promise.withResolvers<S>()
  const fail = (error: NodeJS.ErrnoException) => reject(translate(error))
  socket.once('error', fail)
  socket.once(readyEvent, () => resolve(socket))
  socket.setTimeout(CONNECT_TIMEOUT_MS, () => fail(new Error(`no answer within ${CONNECT_TIMEOUT_MS / 1000} seconds`)))
  try {
    return await promise
  } catch (error) {
    socket.on('error', () => undefined)
    socket.destroy()
    throw error
  } finally {
    socket.removeAllListeners('timeout').setTimeout(0)
    socket.removeListener('error', fail)
  }
}
