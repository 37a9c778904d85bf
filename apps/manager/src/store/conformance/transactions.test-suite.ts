import { expect, test } from 'vitest'
import { MAX_TRANSACTION_BYTES, MAX_TRANSACTION_KEYS } from '../limits.ts'
import { type Store, StoreConflictError, StoreLimitError, type Transaction } from '../store.ts'
import { currentRevision, type OpenHarness, put, remove, update, withStore } from './harness.test-suite.ts'

const conflictOf = async (store: Store, transaction: Transaction): Promise<unknown> =>
  store.transaction(transaction).catch((error: unknown) => error)

export function transactionsConformance(open: OpenHarness): void {
  test(
    'all writes of a transaction get one revision, and revisions grow',
    withStore(open, async (store) => {
      const first = await store.transaction({ writes: [put('vm', 'a'), put('host', 'h')] })
      const second = await store.transaction({ writes: [put('vm', 'b'), remove('host', 'h')] })
      expect(second.revision).toBeGreaterThan(first.revision)
      expect((await store.get('vm', 'a'))?.revision).toBe(first.revision)
      expect((await store.get('vm', 'b'))?.revision).toBe(second.revision)
    }),
  )

  test(
    'the same value written again has a new revision',
    withStore(open, async (store) => {
      const first = await store.transaction({ writes: [put('vm', 'a', { n: 1 })] })
      const second = await store.transaction({ writes: [put('vm', 'a', { n: 1 })] })
      expect((await store.get('vm', 'a'))?.revision).toBe(second.revision)
      expect(second.revision).toBeGreaterThan(first.revision)
    }),
  )

  test(
    'a transaction that changes nothing answers the current revision',
    withStore(open, async (store) => {
      const { revision } = await store.transaction({ writes: [put('vm', 'a')] })
      expect(await store.transaction({ writes: [] })).toEqual({ revision })
      expect(await store.transaction({ writes: [remove('vm', 'never')] })).toEqual({ revision })
      expect(await currentRevision(store)).toBe(revision)
    }),
  )

  test(
    'two hundred increments at once, each repeated on conflict, make two hundred',
    withStore(open, async (store) => {
      const increment = () => update(store, 'counter', 'c', (found) => ({ n: Number(found?.value['n'] ?? 0) + 1 }))
      const revisions = await Promise.all(Array.from({ length: 200 }, increment))
      expect((await store.get('counter', 'c'))?.value).toEqual({ n: 200 })
      expect(new Set(revisions).size).toBe(200)
    }),
  )
}

export function expectationsConformance(open: OpenHarness): void {
  test(
    'expectations that hold let the writes through, also on keys that are only read',
    withStore(open, async (store) => {
      const { revision } = await store.transaction({ writes: [put('host', 'h')] })
      const expectations = [
        { kind: 'host', id: 'h', revision },
        { kind: 'vm', id: 'a', revision: 'absent' as const },
      ]
      await store.transaction({ expect: expectations, writes: [put('vm', 'a', { n: 1 })] })
      expect((await store.get('vm', 'a'))?.value).toEqual({ n: 1 })
      expect((await store.get('host', 'h'))?.revision).toBe(revision)
    }),
  )

  test(
    'a conflict names the first key that is not as expected, and nothing is written',
    withStore(open, async (store) => {
      const { revision } = await store.transaction({ writes: [put('vm', 'a', { n: 1 })] })
      const good = { kind: 'vm', id: 'a', revision }
      const writes = [put('vm', 'a', { n: 2 }), put('vm', 'b'), remove('vm', 'a2')]
      const cases = [
        { expected: revision + 1, kind: 'vm', id: 'a', actual: revision },
        { expected: 'absent', kind: 'vm', id: 'a', actual: revision },
        { expected: revision, kind: 'host', id: 'read-only', actual: 'absent' },
      ] as const
      for (const { expected, kind, id, actual } of cases) {
        const error = await conflictOf(store, { expect: [good, { kind, id, revision: expected }], writes })
        expect(error).toBeInstanceOf(StoreConflictError)
        expect(error).toMatchObject({ kind, id, expected, actual })
      }
      expect(await store.list('vm')).toMatchObject({ revision, documents: [{ id: 'a', value: { n: 1 } }] })
    }),
  )
}

export function conflictsConformance(open: OpenHarness): void {
  test(
    'a conflict fails only its own transaction among those sent at once',
    withStore(open, async (store) => {
      const once = { kind: 'vm', id: 'taken', revision: 'absent' as const }
      const results = await Promise.allSettled(
        Array.from({ length: 50 }, (_, index) =>
          store.transaction({
            expect: index % 2 === 0 ? [once] : [],
            writes: [put('vm', index % 2 === 0 ? 'taken' : `free-${index}`), put('mark', `m-${index}`)],
          }),
        ),
      )
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(26)
      expect((await store.list('vm')).documents).toHaveLength(26)
      expect((await store.list('mark')).documents).toHaveLength(26)
    }),
  )

  test(
    'a document that was deleted and made again is not at its old revision',
    withStore(open, async (store) => {
      const { revision } = await store.transaction({ writes: [put('vm', 'a')] })
      await store.transaction({ writes: [remove('vm', 'a')] })
      await store.transaction({ writes: [put('vm', 'a')] })
      const error = await conflictOf(store, { expect: [{ kind: 'vm', id: 'a', revision }], writes: [] })
      expect(error).toBeInstanceOf(StoreConflictError)
    }),
  )
}

const keys = (count: number, from = 0): string[] => Array.from({ length: count }, (_, index) => `k-${from + index}`)
/** Of this length when it is serialized: {"pad":"…"} */
const valueOf = (sizeBytes: number, letter = 'x') => ({
  pad: letter.repeat((sizeBytes - '{"pad":""}'.length) / Buffer.byteLength(letter)),
})

export function limitsConformance(open: OpenHarness): void {
  test(
    `${MAX_TRANSACTION_KEYS} keys are allowed and one more is not, over writes and expectations together`,
    withStore(open, async (store) => {
      const expectations = (ids: string[]) => ids.map((id) => ({ kind: 'vm', id, revision: 'absent' as const }))
      const writes = (ids: string[]) => ids.map((id) => put('vm', id))
      const half = MAX_TRANSACTION_KEYS / 2
      const refused = [
        { expect: [], writes: writes(keys(MAX_TRANSACTION_KEYS + 1)) },
        { expect: expectations(keys(half, half)), writes: writes(keys(half + 1, -1)) },
      ]
      for (const transaction of refused) await expect(store.transaction(transaction)).rejects.toThrow(StoreLimitError)
      expect((await store.list('vm')).documents).toEqual([])
      await store.transaction({ expect: expectations(keys(half, half)), writes: writes(keys(half)) })
      // A key that is both expected and written counts once.
      const all = keys(MAX_TRANSACTION_KEYS, MAX_TRANSACTION_KEYS)
      await store.transaction({ expect: expectations(all), writes: writes(all) })
      expect((await store.list('vm')).documents).toHaveLength(half + MAX_TRANSACTION_KEYS)
    }),
  )

  test(
    'a key is written at most once',
    withStore(open, async (store) => {
      for (const again of [put('vm', 'a'), remove('vm', 'a')]) {
        await expect(store.transaction({ writes: [put('vm', 'a'), again] })).rejects.toThrow(StoreLimitError)
      }
      expect(await store.get('vm', 'a')).toBeUndefined()
    }),
  )

  test.each(['x', 'é'])('1 MiB of values made of "%s" is allowed and one byte more is not', async (letter) => {
    await withStore(open, async (store) => {
      const half = MAX_TRANSACTION_BYTES / 2
      const first = put('vm', 'a', valueOf(half, letter))
      const second = put('vm', 'b', valueOf(half, letter))
      const tooLarge = put('vm', 'b', { ...valueOf(half, letter), n: 1 })
      await expect(store.transaction({ writes: [first, tooLarge] })).rejects.toThrow(StoreLimitError)
      expect(await store.get('vm', 'a')).toBeUndefined()
      await store.transaction({ writes: [first, second] })
      expect((await store.get('vm', 'b'))?.value).toEqual(valueOf(half, letter))
    })()
  })
}
