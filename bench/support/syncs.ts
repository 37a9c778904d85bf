import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { Product } from './product.ts'

const CALLS = 'fsync,fdatasync,sync_file_range,syncfs,sync,msync'
const ATTACH_TIMEOUT_MS = 10_000

/** The syncs that manager and agent make while the work goes on, each with its part and its file. */
export async function syncsDuring(product: Product, work: () => Promise<unknown>): Promise<string[]> {
  const { agent, manager } = product.pids
  const output = join(product.root, 'syncs')
  const tracing = ['-f', '-y', '-ttt', '-e', `trace=${CALLS}`, '-e', 'signal=none', '-o', output]
  const tracer = spawn('strace', [...tracing, '-p', String(agent), '-p', String(manager)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(tracer, 'exit')
  // Awaited below, also where strace is not installed.
  ended.catch(() => undefined)
  const parts = new Map<string, string>()
  try {
    await attached(tracer.stderr, 2)
    const begunSeconds = Date.now() / 1000
    await work()
    const endedSeconds = Date.now() / 1000
    // Children are traced too: QEMU's own syncs are the guest's affair, and a peer's QEMU makes them as well.
    for (const [name, pid] of Object.entries({ agent, manager })) {
      for (const thread of await readdir(`/proc/${pid}/task`)) parts.set(thread, name)
    }
    tracer.kill('SIGINT')
    await ended
    return syncsIn(await readFile(output, 'utf8'), parts, begunSeconds, endedSeconds)
  } finally {
    tracer.kill('SIGKILL')
    await ended
  }
}

/** Reads on after that: a tracer whose words nobody takes would die of them. */
function attached(words: Readable, count: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let said = ''
  words.setEncoding('utf8').on('data', (text: string) => {
    said += text
    if ([...said.matchAll(/attached/g)].length >= count) resolve()
  })
  words.on('end', () => reject(new Error(`strace ended: ${said}`)))
  const timer = setTimeout(() => reject(new Error(`strace did not attach: ${said}`)), ATTACH_TIMEOUT_MS)
  return promise.finally(() => clearTimeout(timer))
}

/** `PID SECONDS call(FD<file>) = 0`; one that was interrupted by another thread's line begins with its name all the same. */
function syncsIn(text: string, parts: ReadonlyMap<string, string>, from: number, to: number): string[] {
  return text.split('\n').flatMap((line) => {
    const [, thread = '', seconds, call, file = ''] = /^(\d+)\s+([\d.]+) (\w+)\((?:\d+<([^>]*)>)?/.exec(line) ?? []
    const part = parts.get(thread)
    const isOnPath = part !== undefined && Number(seconds) >= from && Number(seconds) <= to
    return isOnPath ? [`${part} ${call} ${file}`] : []
  })
}
