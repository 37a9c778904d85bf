import { expect, test, vi } from 'vitest'
import { MAX_LEASE_TTL_MS, MIN_LEASE_TTL_MS } from '../limits.ts'
import { type Lease, LEASE_KIND, type Store, StoreConflictError, StoreLimitError } from '../store.ts'
import { type OpenHarness, put, remove, watchUntil, withStore } from './harness.test-suite.ts'

/** An implementation may round it up to seconds. */
const SHORT_TTL_MS = 300
const LONG_TTL_MS = 60_000
const VANISHES_WITHIN = { timeout: 20_000, interval: 50 }

async function taken(store: Store, key: string, ttlMs: number): Promise<Lease> {
  const lease = await store.lease(key, ttlMs, { owner: 'manager-1' })
  if (lease === undefined) throw new Error(`${key} is held`)
  return lease
}

export function leasesConformance(open: OpenHarness): void {
  test(
    'a key is held by one owner until it is released',
    withStore(open, async (store) => {
      const lease = await taken(store, 'host.1', LONG_TTL_MS)
      expect(await store.lease('host.1', LONG_TTL_MS)).toBeUndefined()
      const other = await taken(store, 'host.2', LONG_TTL_MS)
      await lease.release()
      const next = await taken(store, 'host.1', LONG_TTL_MS)
      expect(await lease.renew()).toBe(false)
      await lease.release()
      expect(await next.renew()).toBe(true)
      expect(await other.renew()).toBe(true)
    }),
  )

  test(
    'of many who ask at once one gets it',
    withStore(open, async (store) => {
      const leases = await Promise.all(Array.from({ length: 20 }, () => store.lease('task.1', LONG_TTL_MS)))
      expect(leases.filter((lease) => lease !== undefined)).toHaveLength(1)
    }),
  )

  test(
    'anybody can see who holds it, and watch it come and go',
    withStore(open, async (store) => {
      const { revision } = await store.list(LEASE_KIND)
      const lease = await taken(store, 'host.1', LONG_TTL_MS)
      expect((await store.get(LEASE_KIND, 'host.1'))?.value).toEqual({ owner: 'manager-1' })
      await lease.release()
      expect(await store.get(LEASE_KIND, 'host.1')).toBeUndefined()
      const { revision: last } = await store.transaction({ writes: [put('vm', 'a')] })
      const events = await watchUntil(store, revision, (event) => 'compacted' in event || event.revision >= last)
      const changes = events.flatMap((event) => ('compacted' in event ? [] : event.changes))
      expect(changes.filter(({ kind }) => kind === LEASE_KIND)).toMatchObject([
        { id: 'host.1', value: { owner: 'manager-1' } },
        { id: 'host.1', value: undefined },
      ])
    }),
  )
}

export function leaseRulesConformance(open: OpenHarness): void {
  test(
    'its expectation holds in a transaction while it is ours, and not when it was taken anew',
    withStore(open, async (store) => {
      const lease = await taken(store, 'task.1', LONG_TTL_MS)
      await lease.renew()
      const write = () => store.transaction({ expect: [lease.expectation], writes: [put('task', '1')] })
      await write()
      await lease.release()
      await expect(write()).rejects.toThrow(StoreConflictError)
      await taken(store, 'task.1', LONG_TTL_MS)
      await expect(write()).rejects.toThrow(StoreConflictError)
    }),
  )

  test(
    'refuses what a lease cannot be',
    withStore(open, async (store) => {
      for (const ttlMs of [MIN_LEASE_TTL_MS - 1, MAX_LEASE_TTL_MS + 1, Number.NaN]) {
        await expect(store.lease('a', ttlMs)).rejects.toThrow(StoreLimitError)
      }
      await expect(store.lease('a/b', LONG_TTL_MS)).rejects.toThrow(StoreLimitError)
      for (const write of [put(LEASE_KIND, 'a'), remove(LEASE_KIND, 'a')]) {
        await expect(store.transaction({ writes: [write] })).rejects.toThrow(StoreLimitError)
      }
      for (const ttlMs of [MIN_LEASE_TTL_MS, MAX_LEASE_TTL_MS]) await taken(store, `ttl.${ttlMs}`, ttlMs)
    }),
  )
}

export function leaseExpiryConformance(open: OpenHarness): void {
  test(
    'a lease that nobody renews vanishes, not before its time, and is free for another',
    withStore(open, async (store) => {
      const startMs = performance.now()
      const lease = await taken(store, 'host.1', SHORT_TTL_MS)
      const next = await vi.waitFor(() => taken(store, 'host.1', LONG_TTL_MS), VANISHES_WITHIN)
      expect(performance.now() - startMs).toBeGreaterThanOrEqual(SHORT_TTL_MS)
      expect(await lease.renew()).toBe(false)
      await lease.release()
      expect(await next.renew()).toBe(true)
    }),
  )

  test(
    'its end is seen by a watcher without anybody asking',
    withStore(open, async (store) => {
      const { revision } = await store.list(LEASE_KIND)
      await taken(store, 'host.1', SHORT_TTL_MS)
      await watchUntil(
        store,
        revision,
        (event) =>
          !('compacted' in event) && event.changes.some(({ id, value }) => id === 'host.1' && value === undefined),
      )
      expect(await store.get(LEASE_KIND, 'host.1')).toBeUndefined()
    }),
  )

  test(
    'a lease that is renewed stays beyond its time',
    withStore(open, async (store) => {
      const ttlMs = 1000
      const lease = await taken(store, 'host.1', ttlMs)
      const untilMs = performance.now() + 2 * ttlMs
      while (performance.now() < untilMs) {
        expect(await lease.renew()).toBe(true)
        expect(await store.lease('host.1', ttlMs)).toBeUndefined()
      }
    }),
  )

  test(
    'the lease of a store that was closed is free after its time at the latest',
    withStore(open, async (store, harness) => {
      await taken(store, 'host.1', SHORT_TTL_MS)
      const reopened = await harness.reopen()
      await vi.waitFor(() => taken(reopened, 'host.1', LONG_TTL_MS), VANISHES_WITHIN)
    }),
  )
}
