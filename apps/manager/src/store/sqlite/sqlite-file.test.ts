import { execFileSync } from 'node:child_process'
import { chmod, readdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { currentRevision, put } from '../conformance/harness.test-suite.ts'
import { StoreClosedError } from '../store.ts'
import { StoreBusyError, StoreFileError, StoreVersionError } from './errors.ts'
import { temporaryFolder } from './harness.test-suite.ts'
import { SqliteStore, type SqliteStoreOptions } from './sqlite-store.ts'

type Open = (options?: SqliteStoreOptions) => Promise<SqliteStore>

/** A path in a new folder and a way to open a store there; all are closed and removed afterwards. */
async function withPath(body: (path: string, open: Open) => Promise<void>): Promise<void> {
  await using cleanup = new AsyncDisposableStack()
  const folder = cleanup.use(await temporaryFolder())
  const path = join(folder.path, 'store.db')
  await body(path, async (options) => cleanup.adopt(await SqliteStore.open(path, options), (store) => store.close()))
}

function inDatabase(path: string, sql: string): Record<string, unknown> | undefined {
  const database = new DatabaseSync(path)
  try {
    return database.prepare(sql).get()
  } finally {
    database.close()
  }
}

describe('the file', () => {
  test('is readable by its owner alone, with all that SQLite lays beside it', () =>
    withPath(async (path, open) => {
      const store = await open()
      await store.transaction({ writes: [put('vm', 'a')] })
      const names = await readdir(dirname(path))
      expect(names).toContain('store.db-wal')
      for (const name of names) expect((await stat(join(dirname(path), name))).mode & 0o777).toBe(0o600)
      await store.close()
      await chmod(path, 0o644)
      await (await open()).close()
      expect((await stat(path)).mode & 0o777).toBe(0o600)
    }))

  test('is refused to a second store of the same process, and stays locked after that', () =>
    withPath(async (path, open) => {
      await open()
      await expect(open()).rejects.toThrow(StoreBusyError)
      await expect(open()).rejects.toThrow(path)
      // Another process: a lock that the failed attempts had dropped would let it in.
      const script = `new (require('node:sqlite').DatabaseSync)(process.argv[1]).prepare('SELECT * FROM meta').get()`
      expect(() => execFileSync(process.execPath, ['-e', script, path], { stdio: 'pipe' })).toThrow('locked')
    }))

  test('of a newer program is refused whole and left as it is', () =>
    withPath(async (path, open) => {
      await (await open()).close()
      inDatabase(path, 'PRAGMA user_version = 2')
      await expect(open()).rejects.toThrow(StoreVersionError)
      await expect(open()).rejects.toThrow('schema version 2')
      expect(inDatabase(path, 'PRAGMA user_version')).toEqual({ user_version: 2 })
    }))

  test('of another program is refused', () =>
    withPath(async (path, open) => {
      inDatabase(path, 'CREATE TABLE theirs (x)')
      await expect(open()).rejects.toThrow(StoreFileError)
      expect(inDatabase(path, 'SELECT name FROM sqlite_schema')).toEqual({ name: 'theirs' })
    }))

  test('that is no database is refused', () =>
    withPath(async (path, open) => {
      await writeFile(path, 'no database at all\n'.repeat(100))
      await expect(open()).rejects.toThrow(StoreFileError)
    }))

  test('whose folder is missing is refused with its path', () =>
    withPath(async (path) => {
      await expect(SqliteStore.open(join(path, 'x.db'))).rejects.toThrow(path)
    }))
})

test('writes that wait for one commit share the next one', () =>
  withPath(async (_path, open) => {
    const store = await open()
    const before = await store.stats()
    await Promise.all(Array.from({ length: 200 }, (_, n) => store.transaction({ writes: [put('vm', `v-${n}`)] })))
    const after = await store.stats()
    expect(after.transactions - before.transactions).toBe(200)
    expect(after.commits - before.commits).toBeLessThan(50)
    await store.transaction({ writes: [] })
    expect(await store.stats()).toEqual(after)
  }))

test('a watcher far behind gets everything from the log, then what is new', () =>
  withPath(async (_path, open) => {
    const store = await open()
    const events = store.watch(0, AbortSignal.timeout(20_000))
    const first = await store.transaction({ writes: [put('vm', 'a')] })
    expect((await events.next()).value).toMatchObject({ revision: first.revision })
    const pad = 'x'.repeat(20_000)
    const writes = Array.from({ length: 600 }, (_, n) => store.transaction({ writes: [put('vm', 'a', { n, pad })] }))
    const expected = (await Promise.all(writes)).map(({ revision }) => revision)
    const seen: number[] = []
    while (seen.length < expected.length) {
      const { value } = await events.next()
      if (value === undefined || 'compacted' in value) throw new Error('the watch has ended')
      seen.push(value.revision)
    }
    expect(seen).toEqual(expected)
  }))

test('a watcher that fell out of the log while it was slow is told so', () =>
  withPath(async (_path, open) => {
    const store = await open({ log: { maxTransactions: 10, maxAgeMs: 60_000 } })
    const events = store.watch(await currentRevision(store), AbortSignal.timeout(20_000))
    await store.transaction({ writes: [put('vm', 'a')] })
    await events.next()
    for (let n = 0; n < 300; n++) await store.transaction({ writes: [put('vm', 'a', { n })] })
    expect((await events.next()).value).toMatchObject({ compacted: true })
    expect(await events.next()).toMatchObject({ done: true })
  }))

test('a store whose database is damaged under it fails every call and every watcher', () =>
  withPath(async (path, open) => {
    const first = await open()
    for (let n = 0; n < 500; n++) await first.transaction({ writes: [put('vm', `v-${n}`, { pad: 'x'.repeat(2000) })] })
    await first.close()
    const store = await open()
    const watched = expect(store.watch(10_000, new AbortController().signal).next()).rejects.toThrow(StoreClosedError)
    const { size } = await stat(path)
    // By another process: opening and closing the file here would drop the store's lock on it.
    const zeroes = ['if=/dev/zero', `of=${path}`, 'bs=4096', 'seek=12', `count=${size / 4096 - 12}`, 'conv=notrunc']
    execFileSync('dd', [...zeroes, 'status=none'])
    const calls = [store.list('vm'), store.get('vm', 'v-1'), store.transaction({ writes: [put('vm', 'v-1')] })]
    for (const call of calls) await expect(call).rejects.toThrow(StoreClosedError)
    await watched
    await expect(store.stats()).rejects.toThrow(StoreClosedError)
  }))
