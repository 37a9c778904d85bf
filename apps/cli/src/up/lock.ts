import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { CliError } from '../output/errors.ts'

/** The holder answers at once; a stranger on our name may not at all. */
const ANSWER_TIMEOUT_MS = 1000

/**
 * Held by whatever runs or removes an installation. An abstract socket: the kernel gives a name to one process at
 * a time and takes it back however that ends. Who connects is told the holder's pid.
 */
export async function holdLock(data: string): Promise<AsyncDisposable> {
  // A socket's name has room for 107 bytes, a path may be longer.
  const name = `\0vivarium-up:${createHash('sha256').update(data).digest('hex').slice(0, 32)}`
  const server = createServer((socket) => socket.on('error', () => undefined).end(String(process.pid)))
  try {
    server.listen(name)
    await once(server, 'listening')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    throw new CliError('refused', `Vivarium runs already: ${await holderOf(name)} works in ${data}.`)
  }
  server.unref()
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) }
}

async function holderOf(name: string): Promise<string> {
  const socket = connect(name).setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy())
  const pid = await text(socket).catch(() => '')
  return /^\d+$/.test(pid) ? `the process ${pid}` : 'another process'
}
