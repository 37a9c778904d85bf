import { createConnection, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { QmpDisconnectedError, QmpTimeoutError } from './errors.ts'

/** A stream of bytes both ways. Iterating it ends when the other side closes and throws when the connection breaks. */
export interface Transport extends AsyncIterable<Uint8Array> {
  /** Throws `QmpDisconnectedError` where nothing can be sent any more. */
  send(data: string | Uint8Array): void
  close(): void
}

/**
 * What may wait for a peer that does not read. The kernel takes the first 200 KiB; a thousand commands in one go
 * are 100 KB; so 8 MiB unread means that the peer is stuck, and we give it up instead of growing.
 */
export const MAX_UNSENT_BYTES = 8 * 1024 * 1024

/** QEMU makes its sockets some 20 ms after its start, so looking more often would only cost its start time. */
const RETRY_INTERVAL_MS = 5

export interface ConnectOptions {
  timeoutMs: number
  signal?: AbortSignal
  /** For a process just started: a socket that is not there, or not listening yet, is tried again. */
  isAwaited?: boolean
}

/** Connects to a Unix socket within `timeoutMs`. */
export async function connectUnix(path: string, options: ConnectOptions): Promise<Transport> {
  const deadline = AbortSignal.timeout(options.timeoutMs)
  const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline])
  try {
    return new SocketTransport(await connectRepeatedly(path, signal, options.isAwaited ?? false))
  } catch (error) {
    options.signal?.throwIfAborted()
    if (deadline.aborted) throw new QmpTimeoutError(`connect to ${path}`, options.timeoutMs)
    throw new QmpDisconnectedError(`cannot connect to ${path}`, { cause: error })
  }
}

async function connectRepeatedly(path: string, signal: AbortSignal, isAwaited: boolean): Promise<Socket> {
  for (;;) {
    try {
      return await connectOnce(path, signal)
    } catch (error) {
      if (!isAwaited || !isNotListening(error)) throw error
    }
    await delay(RETRY_INTERVAL_MS, undefined, { signal })
  }
}

function isNotListening(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ECONNREFUSED')
}

function connectOnce(path: string, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const socket = createConnection({ path })
  const abort = () => socket.destroy(new Error('aborted', { cause: signal.reason }))
  signal.addEventListener('abort', abort, { once: true })
  socket.once('connect', () => {
    signal.removeEventListener('abort', abort)
    resolve(socket)
  })
  // Stays for the socket's life: an error between two reads has no other listener and would end the process.
  socket.on('error', (error) => {
    signal.removeEventListener('abort', abort)
    reject(error)
  })
  return promise
}

class SocketTransport implements Transport {
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
  }

  send(data: string | Uint8Array): void {
    if (!this.#socket.writable) throw new QmpDisconnectedError('the connection is closed')
    if (this.#socket.writableLength + Buffer.byteLength(data) > MAX_UNSENT_BYTES) {
      const stuck = new QmpDisconnectedError(`the peer has left ${this.#socket.writableLength} bytes unread`)
      this.#socket.destroy(stuck)
      throw stuck
    }
    this.#socket.write(data)
  }

  /** Reads only as fast as it is iterated, so a talkative peer fills the kernel's buffer and not ours. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.#socket[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  }

  close(): void {
    this.#socket.destroy()
  }
}
