import { expect, test } from 'vitest'
import { MAX_ID_LENGTH, MAX_KIND_LENGTH } from '../limits.ts'
import { StoreClosedError, StoreLimitError } from '../store.ts'
import { type OpenHarness, put, remove, withStore } from './harness.test-suite.ts'

export function documentsConformance(open: OpenHarness): void {
  test(
    'a written document is read back with the revision of its transaction',
    withStore(open, async (store) => {
      const value = { name: 'web', text: 'ä 虚拟机 \u0000 \ud800', nested: { list: [1, null, true, { deep: 'x' }] } }
      const { revision } = await store.transaction({ writes: [put('vm', 'a', value)] })
      expect(await store.get('vm', 'a')).toEqual({ kind: 'vm', id: 'a', revision, value })
    }),
  )

  test(
    'what was never written or is deleted is undefined',
    withStore(open, async (store) => {
      expect(await store.get('vm', 'a')).toBeUndefined()
      await store.transaction({ writes: [put('vm', 'a')] })
      await store.transaction({ writes: [remove('vm', 'a')] })
      expect(await store.get('vm', 'a')).toBeUndefined()
      expect((await store.list('vm')).documents).toEqual([])
    }),
  )

  test(
    'kinds are apart, and ids tell upper from lower case',
    withStore(open, async (store) => {
      await store.transaction({
        writes: [put('vm', 'a', { n: 1 }), put('vm-name', 'a', { n: 2 }), put('vm', 'A', { n: 3 })],
      })
      expect((await store.get('vm', 'a'))?.value).toEqual({ n: 1 })
      expect((await store.get('vm-name', 'a'))?.value).toEqual({ n: 2 })
      expect((await store.list('vm')).documents.map(({ id }) => id)).toEqual(['A', 'a'])
    }),
  )

  test(
    'a list holds every document of the kind, ordered by id, at one revision',
    withStore(open, async (store) => {
      const ids = Array.from({ length: 250 }, (_, index) => `vm-${index}`)
      for (const id of ids) await store.transaction({ writes: [put('vm', id, { id, pad: 'x'.repeat(3000) })] })
      const { revision } = await store.transaction({ writes: [put('host', 'h')] })
      const list = await store.list('vm')
      expect(list.revision).toBe(revision)
      expect(list.documents.map(({ id }) => id)).toEqual([...ids].sort())
      expect(list.documents.every(({ id, value }) => value['id'] === id)).toBe(true)
    }),
  )

  test(
    'values are frozen through and through',
    withStore(open, async (store) => {
      await store.transaction({ writes: [put('vm', 'a', { nics: [{ mac: '52:54:00:00:00:01' }] })] })
      const value = (await store.get('vm', 'a'))?.value as { nics: { mac: string }[] }
      expect(() => value.nics.push({ mac: '' })).toThrow(TypeError)
      expect(Object.isFrozen(value.nics[0])).toBe(true)
      const [listed] = (await store.list('vm')).documents
      expect(Object.isFrozen(listed?.value['nics'])).toBe(true)
    }),
  )
}

export function keysConformance(open: OpenHarness): void {
  test.each([
    ['vm', 'a'.repeat(MAX_ID_LENGTH)],
    ['k'.repeat(MAX_KIND_LENGTH), 'a'],
    ['vm-uid2', 'A9._~:@%+=-'],
    ['vm-name', encodeURIComponent('虚拟机 1').slice(0, MAX_ID_LENGTH)],
  ])('the key %s %s is allowed', async (kind, id) => {
    await withStore(open, async (store) => {
      await store.transaction({ writes: [put(kind, id, { n: 1 })] })
      expect((await store.list(kind)).documents).toMatchObject([{ id, value: { n: 1 } }])
    })()
  })

  test.each([
    ['vm', 'a'.repeat(MAX_ID_LENGTH + 1)],
    ['k'.repeat(MAX_KIND_LENGTH + 1), 'a'],
    ['vm', ''],
    ['', 'a'],
    ['vm', 'a/b'],
    ['vm', 'a b'],
    ['vm', '虚'],
    ['vm', 'a\n'],
    ['VM', 'a'],
    ['1vm', 'a'],
  ])('the key %j %j is refused in reading, writing and expecting', async (kind, id) => {
    await withStore(open, async (store) => {
      await expect(store.get(kind, id)).rejects.toThrow(StoreLimitError)
      await expect(store.transaction({ writes: [put(kind, id)] })).rejects.toThrow(StoreLimitError)
      const expectation = { expect: [{ kind, id, revision: 'absent' as const }], writes: [] }
      await expect(store.transaction(expectation)).rejects.toThrow(StoreLimitError)
    })()
  })
}

export function lifeConformance(open: OpenHarness): void {
  test(
    'reopening keeps documents, epoch and revision',
    withStore(open, async (store, harness) => {
      await store.transaction({ writes: [put('vm', 'a', { n: 1 })] })
      const { revision } = await store.transaction({ writes: [put('vm', 'b', { n: 2 })] })
      const reopened = await harness.reopen()
      expect(reopened.epoch).toBe(store.epoch)
      expect(await reopened.list('vm')).toMatchObject({ revision, documents: [{ id: 'a' }, { id: 'b', revision }] })
      const next = await reopened.transaction({ writes: [put('vm', 'a')] })
      expect(next.revision).toBeGreaterThan(revision)
    }),
  )

  test(
    'another database has another epoch',
    withStore(open, (one) =>
      withStore(open, async (other) => {
        expect(one.epoch).not.toBe(other.epoch)
        expect(one.epoch).toMatch(/^[A-Za-z0-9_-]{1,64}$/)
      })(),
    ),
  )

  test(
    'closing settles the calls before it and refuses those after it',
    withStore(open, async (store, harness) => {
      const written = Promise.all(['a', 'b', 'c'].map((id) => store.transaction({ writes: [put('vm', id)] })))
      const closed = store.close()
      await expect(store.get('vm', 'a')).rejects.toThrow(StoreClosedError)
      await closed
      await written
      await expect(store.transaction({ writes: [put('vm', 'd')] })).rejects.toThrow(StoreClosedError)
      await store.close()
      const reopened = await harness.reopen()
      expect((await reopened.list('vm')).documents).toHaveLength(3)
    }),
  )
}
