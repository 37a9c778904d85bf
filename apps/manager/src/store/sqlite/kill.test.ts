import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { StoreBusyError } from './errors.ts'
import { temporaryFolder } from './harness.test-suite.ts'
import { SqliteStore } from './sqlite-store.ts'

const WRITER = new URL('./writer.test-process.ts', import.meta.url).pathname

interface Writer extends AsyncDisposable {
  readonly child: ChildProcess
  readonly lines: AsyncIterable<string>
}

function startWriter(path: string, prefix: string): Writer {
  const child = spawn(process.execPath, [WRITER, path, prefix], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  return {
    child,
    lines: createInterface({ input: child.stdout }),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** Kills the writer after a random number of acknowledged pairs; answers all that it has said, by number. */
async function writeUntilKilled(path: string, prefix: string): Promise<Map<number, number>> {
  await using writer = startWriter(path, prefix)
  const killAfter = 1 + Math.floor(Math.random() * 300)
  const acknowledged = new Map<number, number>()
  for await (const line of writer.lines) {
    const match = /^(\d+) (\d+)$/.exec(line)
    if (match !== null) acknowledged.set(Number(match[2]), Number(match[1]))
    if (acknowledged.size === killAfter) writer.child.kill('SIGKILL')
  }
  expect(acknowledged.size).toBeGreaterThanOrEqual(killAfter)
  return acknowledged
}

test('a killed process loses nothing that was acknowledged and leaves no half of a transaction', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'store.db')
  for (const round of [1, 2, 3, 4, 5]) {
    const acknowledged = await writeUntilKilled(path, `r${round}`)
    const store = await SqliteStore.open(path)
    try {
      const [left, right] = [await store.list('left'), await store.list('right')]
      const found = new Map(left.documents.map(({ id, revision }) => [id, revision]))
      for (const [n, revision] of acknowledged) expect(found.get(`r${round}-${n}`)).toBe(revision)
      expect(right.documents.map(({ id, revision }) => [id, revision])).toEqual([...found])
      expect(left.revision).toBe(Math.max(...found.values()))
    } finally {
      await store.close()
    }
  }
})

test('the database is refused while another process has it, and free as soon as that one was killed', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'store.db')
  {
    await using writer = startWriter(path, 'w')
    // Not read further: the writer waits in its pipe and keeps the lock.
    expect((await writer.lines[Symbol.asyncIterator]().next()).value).toBe('open')
    await expect(SqliteStore.open(path)).rejects.toThrow(StoreBusyError)
    expect(writer.child.exitCode).toBeNull()
  }
  const store = await SqliteStore.open(path)
  await store.close()
})
