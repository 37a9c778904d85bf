import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { CacheTimeoutError, StoreCache } from './cache.ts'
import { put, remove } from './conformance/harness.test-suite.ts'
import { temporaryFolder } from './sqlite/harness.test-suite.ts'
import { SqliteStore } from './sqlite/sqlite-store.ts'
import {
  type CommittedTransaction,
  type Store,
  StoreClosedError,
  type StoredDocument,
  type WatchEvent,
} from './store.ts'

const KINDS = ['vm', 'host']

async function withCache(body: (cache: StoreCache, store: SqliteStore) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder()
  const store = await SqliteStore.open(join(folder.path, 'store.db'))
  try {
    await store.transaction({ writes: [put('vm', 'a', { n: 1 }), put('host', 'h'), put('other', 'o')] })
    const cache = await StoreCache.open(store, KINDS)
    await body(cache, store)
    await cache.close()
  } finally {
    await store.close()
  }
}

const ids = (documents: Iterable<StoredDocument>): string[] => Array.from(documents, ({ id }) => id).sort()

describe('the cache over a real store', () => {
  test('holds what was there, at the revision it says', () =>
    withCache(async (cache, store) => {
      expect(cache.get('vm', 'a')).toEqual(await store.get('vm', 'a'))
      expect(ids(cache.values('host'))).toEqual(['h'])
      expect(cache.revision).toBe((await store.list('vm')).revision)
      expect(cache.epoch).toBe(store.epoch)
    }))

  test('follows writes and removals', () =>
    withCache(async (cache, store) => {
      await store.transaction({ writes: [put('vm', 'b'), put('vm', 'a', { n: 2 })] })
      const { revision } = await store.transaction({ writes: [remove('host', 'h'), put('vm', 'c')] })
      await cache.waitFor(revision)
      expect(cache.get('vm', 'a')?.value).toEqual({ n: 2 })
      expect(cache.get('vm', 'c')).toEqual(await store.get('vm', 'c'))
      expect(ids(cache.values('vm'))).toEqual(['a', 'b', 'c'])
      expect(cache.get('host', 'h')).toBeUndefined()
    }))

  test('is equal to the store after many concurrent writers', () =>
    withCache(async (cache, store) => {
      const write = (_: unknown, n: number) =>
        store.transaction({ writes: [n % 3 === 0 ? remove('vm', `v-${n % 50}`) : put('vm', `v-${n % 50}`, { n })] })
      const results = await Promise.all(Array.from({ length: 1000 }, write))
      await cache.waitFor(Math.max(...results.map(({ revision }) => revision)))
      const { documents } = await store.list('vm')
      expect([...cache.values('vm')].sort((one, other) => (one.id < other.id ? -1 : 1))).toEqual(documents)
    }))

  test('tells listeners each transaction whole, after it was applied, until they stop', () =>
    withCache(async (cache, store) => {
      const seen: CommittedTransaction[] = []
      const stop = cache.onChange((transaction) => {
        expect(cache.revision).toBe(transaction.revision)
        for (const { kind, id, value } of transaction.changes) expect(cache.get(kind, id)?.value).toEqual(value)
        seen.push(transaction)
      })
      const { revision } = await store.transaction({ writes: [put('vm', 'b', { n: 1 }), remove('vm', 'a')] })
      await cache.waitFor(revision)
      stop()
      await cache.waitFor((await store.transaction({ writes: [put('vm', 'c')] })).revision)
      expect(seen).toEqual([
        {
          revision,
          changes: [
            { kind: 'vm', id: 'b', revision, value: { n: 1 } },
            { kind: 'vm', id: 'a', revision, value: undefined },
          ],
        },
      ])
    }))

  test('says so when a revision does not come in time', () =>
    withCache(async (cache) => {
      await expect(cache.waitFor(cache.revision + 1, 10)).rejects.toThrow(CacheTimeoutError)
    }))

  test('refuses to be read for a kind that it does not hold, and once it has stopped following', () =>
    withCache(async (cache, store) => {
      expect(() => cache.get('other', 'o')).toThrow('other')
      const waiting = expect(cache.waitFor(cache.revision + 1)).rejects.toThrow(StoreClosedError)
      await store.close()
      await expect(cache.finished).rejects.toThrow(StoreClosedError)
      await waiting
      expect(() => cache.get('vm', 'a')).toThrow(StoreClosedError)
      expect(() => cache.values('vm')).toThrow(StoreClosedError)
    }))

  test('ends quietly when it is closed', () =>
    withCache(async (cache) => {
      await cache.close()
      await cache.finished
      expect(() => cache.get('vm', 'a')).toThrow(StoreClosedError)
    }))
})

/** Plays what a store says: one list per kind and one stream of events for each time the cache begins anew. */
interface Round {
  readonly lists: Readonly<Record<string, { revision: number; documents: StoredDocument[] }>>
  readonly events: readonly WatchEvent[]
  /** The events come only then. */
  readonly after?: Promise<void>
}

function scriptedStore(rounds: readonly Round[]): Store & { readonly watchedFrom: number[] } {
  const watchedFrom: number[] = []
  const refuse = (): Promise<never> => Promise.reject(new Error('the cache only lists and watches'))
  const round = (): Round => rounds[watchedFrom.length] ?? { lists: {}, events: [] }
  return {
    watchedFrom,
    epoch: 'e',
    list: async (kind) => round().lists[kind] ?? { revision: 0, documents: [] },
    async *watch(fromRevision, signal) {
      const { events, after } = round()
      watchedFrom.push(fromRevision)
      await after
      yield* events
      if (events.some((event) => 'compacted' in event)) return
      if (!signal.aborted) await once(signal, 'abort')
    },
    get: refuse,
    transaction: refuse,
    lease: refuse,
    close: async () => {},
  }
}

const document = (kind: string, id: string, revision: number, n = revision): StoredDocument => ({
  kind,
  id,
  revision,
  value: { n },
})
const change = (kind: string, id: string, revision: number) => ({ revision, changes: [document(kind, id, revision)] })

describe('the cache over lists of different moments', () => {
  test('is not open before it holds one moment', async () => {
    const lists = {
      vm: { revision: 5, documents: [document('vm', 'a', 5)] },
      host: { revision: 8, documents: [document('host', 'h', 8)] },
    }
    // Between the lists: vm b was written, host h was written and made anew.
    const gone = { revision: 7, changes: [{ kind: 'host', id: 'h', revision: 7, value: undefined }] }
    const events = [change('vm', 'b', 6), gone, change('host', 'h', 8)]
    const store = scriptedStore([{ lists, events }])
    const cache = await StoreCache.open(store, KINDS)
    expect(store.watchedFrom).toEqual([5])
    expect(cache.revision).toBe(8)
    expect(ids(cache.values('vm'))).toEqual(['a', 'b'])
    expect(cache.get('host', 'h')).toEqual(document('host', 'h', 8))
    await cache.close()
  })

  test('lists again after compaction and tells the difference as one transaction', async () => {
    const before = {
      vm: {
        revision: 5,
        documents: [document('vm', 'same', 1), document('vm', 'changed', 2), document('vm', 'gone', 3)],
      },
      host: { revision: 5, documents: [] },
    }
    const after = {
      vm: {
        revision: 20,
        documents: [document('vm', 'same', 1), document('vm', 'changed', 15), document('vm', 'new', 16)],
      },
      host: { revision: 20, documents: [document('host', 'h', 20)] },
    }
    const { promise: listening, resolve: listen } = Promise.withResolvers<void>()
    const store = scriptedStore([
      { lists: before, events: [{ compacted: true, oldestRevision: 18 }], after: listening },
      { lists: after, events: [change('vm', 'last', 21)] },
    ])
    const cache = await StoreCache.open(store, KINDS)
    const seen: CommittedTransaction[] = []
    cache.onChange((transaction) => seen.push(transaction))
    listen()
    await cache.waitFor(21)
    expect(store.watchedFrom).toEqual([5, 20])
    expect(seen.map(({ revision }) => revision)).toEqual([20, 21])
    expect(seen[0]?.changes).toEqual([
      document('vm', 'changed', 15),
      document('vm', 'new', 16),
      document('host', 'h', 20),
      { kind: 'vm', id: 'gone', revision: 20, value: undefined },
    ])
    expect(ids(cache.values('vm'))).toEqual(['changed', 'last', 'new', 'same'])
    await cache.close()
  })

  test('stays at the last whole moment while it lists again', async () => {
    const list = (revision: number, kind: string, id: string) => ({
      revision,
      documents: [document(kind, id, revision)],
    })
    const store = scriptedStore([
      {
        lists: { vm: list(5, 'vm', 'old'), host: list(5, 'host', 'old') },
        events: [{ compacted: true, oldestRevision: 9 }],
      },
      { lists: { vm: list(10, 'vm', 'new'), host: list(12, 'host', 'new') }, events: [change('vm', 'x', 11)] },
    ])
    const cache = await StoreCache.open(store, KINDS)
    await vi.waitFor(() => expect(store.watchedFrom).toEqual([5, 10]))
    await expect(cache.waitFor(6, 10)).rejects.toThrow(CacheTimeoutError)
    expect(cache.revision).toBe(5)
    expect(ids(cache.values('vm'))).toEqual(['old'])
    expect(ids(cache.values('host'))).toEqual(['old'])
    await cache.close()
  })

  test('takes an empty transaction as news of how far it is', async () => {
    const cache = await StoreCache.open(scriptedStore([{ lists: {}, events: [{ revision: 7, changes: [] }] }]), KINDS)
    await cache.waitFor(7)
    expect(cache.revision).toBe(7)
    await cache.close()
  })
})
