import { expect, test } from 'vitest'
import type { CommittedTransaction, WatchEvent } from '../store.ts'
import { StoreClosedError } from '../store.ts'
import { currentRevision, type OpenHarness, put, remove, watchTo, watchUntil, withStore } from './harness.test-suite.ts'

const DEADLINE_MS = 20_000
const isEnd = (event: WatchEvent): boolean => 'compacted' in event || event.changes.some(({ kind }) => kind === 'end')
const revisions = (transactions: readonly CommittedTransaction[]): number[] =>
  transactions.filter(({ changes }) => changes.length > 0).map(({ revision }) => revision)

export function watchConformance(open: OpenHarness): void {
  test(
    'delivers each transaction whole, with what was written and what was deleted',
    withStore(open, async (store) => {
      const start = await currentRevision(store)
      const first = await store.transaction({ writes: [put('vm', 'a', { n: 1 }), put('host', 'h', { n: 2 })] })
      const second = await store.transaction({ writes: [remove('vm', 'a'), remove('vm', 'never'), put('vm', 'b')] })
      const byId = (event: WatchEvent) =>
        'compacted' in event ? [] : event.changes.toSorted((one, other) => one.id.localeCompare(other.id))
      expect((await watchTo(store, start, second.revision)).map(byId)).toEqual([
        [
          { kind: 'vm', id: 'a', revision: first.revision, value: { n: 1 } },
          { kind: 'host', id: 'h', revision: first.revision, value: { n: 2 } },
        ],
        [
          { kind: 'vm', id: 'a', revision: second.revision, value: undefined },
          { kind: 'vm', id: 'b', revision: second.revision, value: {} },
        ],
      ])
    }),
  )

  test(
    'delivers what happens after it has caught up',
    withStore(open, async (store) => {
      const start = await currentRevision(store)
      const first = await store.transaction({ writes: [put('vm', 'a')] })
      const events = store.watch(start, AbortSignal.timeout(DEADLINE_MS))[Symbol.asyncIterator]()
      expect((await events.next()).value).toMatchObject({ revision: first.revision })
      const pending = events.next()
      const second = await store.transaction({ writes: [put('vm', 'b')] })
      expect((await pending).value).toMatchObject({ revision: second.revision })
      await events.return?.()
    }),
  )
}

export function watchOrderConformance(open: OpenHarness): void {
  test(
    'resumes after any revision, also of an earlier opening',
    withStore(open, async (store, harness) => {
      const written: number[] = []
      for (let n = 0; n < 10; n++) written.push((await store.transaction({ writes: [put('vm', 'a', { n })] })).revision)
      const reopened = await harness.reopen()
      const last = await reopened.transaction({ writes: [put('vm', 'b')] })
      written.push(last.revision)
      for (const [index, from] of written.slice(0, -1).entries()) {
        expect(revisions(await watchTo(reopened, from, last.revision))).toEqual(written.slice(index + 1))
      }
    }),
  )

  test(
    'many watchers under concurrent writers miss nothing, and see it in order',
    withStore(open, async (store) => {
      const start = await currentRevision(store)
      const early = [watchUntil(store, start, isEnd), watchUntil(store, start, isEnd)]
      const acknowledged: number[] = []
      const writer = async (name: string): Promise<void> => {
        for (let n = 0; n < 40; n++) {
          const { revision } = await store.transaction({
            writes: [put('vm', `${name}-a`, { n }), put('vm', `${name}-b`, { n })],
          })
          acknowledged.push(revision)
          if (n === 20) late.push(watchUntil(store, start, isEnd))
        }
      }
      const late: Promise<WatchEvent[]>[] = []
      await Promise.all(['r', 's', 't', 'u'].map(writer))
      acknowledged.push((await store.transaction({ writes: [put('end', 'e')] })).revision)
      const expected = acknowledged.toSorted((one, other) => one - other)
      for (const events of await Promise.all([...early, ...late])) {
        expect(revisions(events as CommittedTransaction[])).toEqual(expected)
      }
    }),
  )
}

export function watchEndConformance(open: OpenHarness): void {
  test(
    'says compacted where the history is gone, ends, and can be resumed from the revision it names',
    withStore(open, async (store, harness) => {
      const { revision } = await store.transaction({ writes: [put('vm', 'a', { n: 1 })] })
      await store.transaction({ writes: [put('vm', 'a', { n: 2 })] })
      await harness.compact()
      const events: WatchEvent[] = []
      for await (const event of store.watch(revision, AbortSignal.timeout(DEADLINE_MS))) events.push(event)
      expect(events).toEqual([{ compacted: true, oldestRevision: expect.any(Number) }])
      const oldest = (events[0] as { oldestRevision: number }).oldestRevision
      expect(oldest).toBeGreaterThan(revision)
      // The next write may push the oldest revision out: the watch has begun when a later read is answered.
      const resumed = watchUntil(store, oldest, isEnd)
      await store.get('vm', 'a')
      const end = await store.transaction({ writes: [put('end', 'e')] })
      expect((await resumed).at(-1)).toMatchObject({ revision: end.revision, changes: [{ kind: 'end' }] })
      expect((await store.get('vm', 'a'))?.value).toEqual({ n: 2 })
    }),
  )

  test(
    'ends when it is aborted, also while it waits',
    withStore(open, async (store) => {
      const abort = new AbortController()
      const events = store.watch(await currentRevision(store), abort.signal)[Symbol.asyncIterator]()
      const pending = events.next()
      abort.abort()
      expect(await pending).toMatchObject({ done: true })
    }),
  )

  test(
    'throws when the store is closed',
    withStore(open, async (store) => {
      const events = store.watch(await currentRevision(store), new AbortController().signal)[Symbol.asyncIterator]()
      const pending = expect(events.next()).rejects.toThrow(StoreClosedError)
      await store.close()
      await pending
    }),
  )
}
