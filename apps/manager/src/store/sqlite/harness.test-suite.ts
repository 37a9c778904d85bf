import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Harness, put } from '../conformance/harness.test-suite.ts'
import { SqliteStore, type SqliteStoreOptions } from './sqlite-store.ts'

const LOG_TRANSACTIONS = 1000

/** A folder of its own for one test. */
export async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'viv-store-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

export async function openHarness(): Promise<Harness> {
  await using opening = new AsyncDisposableStack()
  const folder = opening.use(await temporaryFolder())
  const path = join(folder.path, 'store.db')
  const options: SqliteStoreOptions = { log: { maxTransactions: LOG_TRANSACTIONS, maxAgeMs: 3_600_000 } }
  let store = await SqliteStore.open(path, options)
  const opened = opening.move()
  return {
    store,
    async reopen() {
      await store.close()
      store = await SqliteStore.open(path, options)
      return store
    },
    async compact() {
      const fill = (_: unknown, index: number) => store.transaction({ writes: [put('filler', `${index % 10}`)] })
      await Promise.all(Array.from({ length: LOG_TRANSACTIONS + 1 }, fill))
    },
    async dispose() {
      await store.close()
      await opened.disposeAsync()
    },
  }
}
