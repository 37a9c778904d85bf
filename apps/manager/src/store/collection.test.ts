import { join } from 'node:path'
import type { JsonObject } from '@viv/common'
import { expect, test } from 'vitest'
import { StoreCache } from './cache.ts'
import {
  Collection,
  type CollectionOptions,
  DocumentDamagedError,
  DocumentNotFoundError,
  DocumentTooNewError,
} from './collection.ts'
import { temporaryFolder } from './sqlite/harness.test-suite.ts'
import { SqliteStore } from './sqlite/sqlite-store.ts'
import { type Store, StoreConflictError, type Write } from './store.ts'

interface Machine {
  readonly name: string
  readonly cores: number
  readonly tags: readonly string[]
  readonly note?: string
}

const MACHINE: Machine = { name: 'web', cores: 2, tags: ['a'] }

interface Fixture {
  readonly machines: Collection<Machine>
  /** Written and read back into the cache. */
  readonly write: (...writes: Write[]) => Promise<number>
  readonly store: Store
}

async function withCollection(
  body: (fixture: Fixture) => Promise<void>,
  options: Partial<CollectionOptions<Machine>> = {},
): Promise<void> {
  await using folder = await temporaryFolder()
  const store = await SqliteStore.open(join(folder.path, 'store.db'))
  try {
    const cache = await StoreCache.open(store, ['vm'])
    const write = async (...writes: Write[]): Promise<number> => {
      const { revision } = await store.transaction({ writes })
      await cache.waitFor(revision)
      return revision
    }
    await body({ machines: new Collection(cache, { kind: 'vm', format: { newest: 2 }, ...options }), write, store })
    await cache.close()
  } finally {
    await store.close()
  }
}

test('a value comes back as it was written, without the document version', () =>
  withCollection(async ({ machines, write, store }) => {
    const revision = await write(machines.write('a', MACHINE))
    expect(machines.get('a')).toEqual({ id: 'a', revision, value: MACHINE })
    expect(machines.list()).toEqual([machines.get('a')])
    expect((await store.get('vm', 'a'))?.value).toEqual({ ...MACHINE, version: 2 })
  }))

test('documents are frozen, and the same object until they change', () =>
  withCollection(async ({ machines, write }) => {
    await write(machines.write('a', MACHINE))
    const before = machines.get('a')
    expect(machines.find('a')).toBe(before)
    for (const part of [before, before.value, before.value.tags]) expect(Object.isFrozen(part)).toBe(true)
    await write(machines.write('a', { ...before.value, cores: 4 }))
    expect(machines.get('a').value.cores).toBe(4)
    expect(before.value.cores).toBe(2)
  }))

test('what is not there is undefined to find and an error to get', () =>
  withCollection(async ({ machines, write }) => {
    await write(machines.write('a', MACHINE))
    await write(machines.remove('a'))
    expect(machines.find('a')).toBeUndefined()
    expect(() => machines.get('a')).toThrow(DocumentNotFoundError)
    expect(machines.list()).toEqual([])
  }))

test('its expectations guard a transaction', () =>
  withCollection(async ({ machines, write, store }) => {
    const revision = await write(machines.write('a', MACHINE))
    const writes = [machines.write('b', MACHINE)]
    const good = [machines.expectRevision('a', revision), machines.expectAbsent('b')]
    await store.transaction({ expect: good, writes })
    for (const bad of [machines.expectAbsent('a'), machines.expectRevision('a', revision - 1)]) {
      await expect(store.transaction({ expect: [bad], writes })).rejects.toThrow(StoreConflictError)
    }
  }))

/** As version 3 writes a machine; the program works with what version 2 wrote. */
const format = {
  newest: 3,
  encodings: {
    3: {
      read: ({ title, ...rest }: JsonObject) => ({ ...rest, name: title }) as unknown as Machine,
      write: ({ name, ...rest }: Machine) => ({ ...rest, title: name }),
    },
  },
}

test('a document of the version before is read, and frozen; what is written is so as it was said', () => {
  let version = 2
  return withCollection(
    async ({ machines, write, store }) => {
      await write(machines.write('a', MACHINE))
      expect((await store.get('vm', 'a'))?.value).toEqual({ ...MACHINE, version: 2 })
      expect([...machines.otherwiseWritten()]).toEqual([])
      version = 3
      expect([...machines.otherwiseWritten()]).toEqual(['a'])
      expect(machines.get('a').value).toEqual(MACHINE)
      expect(Object.isFrozen(machines.get('a').value)).toBe(true)
      await write(machines.write('b', MACHINE))
      const { name, ...rest } = MACHINE
      expect((await store.get('vm', 'b'))?.value).toEqual({ ...rest, title: name, version: 3 })
      expect(machines.get('b').value).toEqual(MACHINE)
      expect([machines.isWrittenOtherwise('a'), machines.isWrittenOtherwise('b')]).toEqual([true, false])
    },
    { format, written: () => version },
  )
})

test('a document of two versions before is refused, with those that are read', () =>
  withCollection(
    async ({ machines, write }) => {
      await write({ kind: 'vm', id: 'a', value: { ...MACHINE, version: 1 } })
      expect(() => machines.get('a')).toThrow('vm a has document version 1, and this program reads 2 and 3')
    },
    { format },
  ))

test('a document that is too new is refused, never guessed', () =>
  withCollection(async ({ machines, write }) => {
    await write({ kind: 'vm', id: 'a', value: { ...MACHINE, version: 3 } })
    expect(() => machines.get('a')).toThrow(DocumentTooNewError)
    expect(() => machines.find('a')).toThrow('document version 3')
    expect(() => machines.list()).toThrow(DocumentTooNewError)
  }))

test.each([{}, { version: '2' }, { version: 0 }, { version: 1.5 }])(
  'a document with %j, which this program cannot have written, is refused',
  (value) =>
    withCollection(async ({ machines, write }) => {
      await write({ kind: 'vm', id: 'a', value })
      expect(() => machines.get('a')).toThrow(DocumentDamagedError)
    }),
)
