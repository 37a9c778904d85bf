import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { QmpDisconnectedError, QmpTimeoutError } from './errors.ts'
import { connectUnix, MAX_UNSENT_BYTES } from './transport.ts'

let folder: string
let path: string
let undo: AsyncDisposableStack

beforeEach(async () => {
  undo = new AsyncDisposableStack()
  folder = await mkdtemp(join(tmpdir(), 'qmp-transport-'))
  path = join(folder, 'socket')
  undo.defer(() => rm(folder, { recursive: true }))
})
afterEach(() => undo.disposeAsync())

/** A server at `path` that leaves its connections unread until the test reads them. */
async function listen(): Promise<{ connections: Socket[] }> {
  const connections: Socket[] = []
  const server = createServer({ pauseOnConnect: true }, (socket) => connections.push(socket.on('error', () => {})))
  server.listen(path)
  await once(server, 'listening')
  undo.defer(async () => {
    for (const socket of connections) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  return { connections }
}

describe('connecting', () => {
  test('fails at once where there is no socket', async () => {
    await expect(connectUnix(path, { timeoutMs: 5_000 })).rejects.toThrow(QmpDisconnectedError)
  })

  test('waits for a socket that is awaited', async () => {
    const connecting = connectUnix(path, { timeoutMs: 5_000, isAwaited: true })
    await listen()
    const transport = await connecting
    transport.close()
  })

  test('gives up an awaited socket at the deadline', async () => {
    await expect(connectUnix(path, { timeoutMs: 20, isAwaited: true })).rejects.toThrow(QmpTimeoutError)
  })

  test('stops waiting when it is told to', async () => {
    const abort = new AbortController()
    const connecting = connectUnix(path, { timeoutMs: 5_000, isAwaited: true, signal: abort.signal })
    abort.abort(new Error('QEMU is gone'))
    await expect(connecting).rejects.toThrow('QEMU is gone')
  })
})

describe('a connection', () => {
  test('carries bytes both ways until the peer ends it', async () => {
    const { connections } = await listen()
    const transport = await connectUnix(path, { timeoutMs: 5_000 })
    transport.send('ping')
    await expect.poll(() => connections.length).toBe(1)
    const peer = connections[0] as Socket
    peer.once('data', (data) => peer.end(`${String(data)} pong`))
    peer.resume()
    const chunks: Uint8Array[] = []
    for await (const chunk of transport) chunks.push(chunk)
    expect(Buffer.concat(chunks).toString()).toBe('ping pong')
    expect(() => transport.send('more')).toThrow(QmpDisconnectedError)
  })

  test('is given up when the peer does not read, before our memory grows without end', async () => {
    await listen()
    const transport = await connectUnix(path, { timeoutMs: 5_000 })
    const piece = 'x'.repeat(1024 * 1024)
    let sentBytes = 0
    const flood = () => {
      for (; sentBytes < 10 * MAX_UNSENT_BYTES; sentBytes += piece.length) transport.send(piece)
    }
    expect(flood).toThrow(QmpDisconnectedError)
    expect(sentBytes).toBeLessThanOrEqual(MAX_UNSENT_BYTES + 1024 * 1024)
    const reading = async () => {
      for await (const chunk of transport) expect(chunk).toBeUndefined()
    }
    await expect(reading()).rejects.toThrow(QmpDisconnectedError)
  })

  test('ends the iteration when we close it', async () => {
    await listen()
    const transport = await connectUnix(path, { timeoutMs: 5_000 })
    const next = transport[Symbol.asyncIterator]().next()
    transport.close()
    await Promise.allSettled([next])
    expect(() => transport.send('more')).toThrow(QmpDisconnectedError)
  })
})
