import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fleetVm } from '@viv/common'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { seedFleet } from '../src/background/seed.ts'
import { StoreCache } from '../src/store/cache.ts'
import { DOCUMENT_KINDS, type Documents, openDocuments } from '../src/store/documents.ts'
import { SqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../src/store/store.ts'

const SIZE = { hosts: 3, vms: 2_010 }
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viv-seed-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function opened<T>(work: (store: Store, documents: Documents) => Promise<T>): Promise<T> {
  const store = await SqliteStore.open(join(folder, 'store.db'))
  const cache = await StoreCache.open(store, DOCUMENT_KINDS)
  try {
    return await work(store, openDocuments(cache))
  } finally {
    await cache.close()
    await store.close()
  }
}

const seed = (store: Store, documents: Documents, size: typeof SIZE | undefined = SIZE, told: number[] = []) =>
  seedFleet({ store, documents, size, onProgress: (vms) => void told.push(vms) })

/** Takes so many transactions, then none. */
function failing(store: Store, left: number): Store {
  const transaction: Store['transaction'] = (asked) => {
    if (left-- <= 0) return Promise.reject(new Error('broken off'))
    return store.transaction(asked)
  }
  return new Proxy(store, {
    get: (of, name) => {
      const value: unknown = name === 'transaction' ? transaction : Reflect.get(of, name, of)
      return typeof value === 'function' ? value.bind(of) : value
    },
  })
}

test('writes every VM with its name, uid and MAC, in few transactions, and says how far it is', () =>
  opened(async (store, documents) => {
    const told: number[] = []
    await seed(store, documents, SIZE, told)
    const { vms, vmNames, vmUids, macs } = documents
    for (const kind of [vms, vmNames, vmUids, macs]) expect(kind.list()).toHaveLength(SIZE.vms)
    for (let index = 0; index < SIZE.vms; index += 97) {
      const { vmId, name, uidIndex, mac } = fleetVm(SIZE, index)
      expect(vms.get(vmId).value).toMatchObject({ name, uidIndex, lifecycle: 'ready' })
      for (const { kind, id } of vms.get(vmId).value.keys) expect(documents.vms.cache.get(kind, id)).toBeDefined()
      expect(vmNames.get(name).value.owner).toBe(vmId)
      expect(vmUids.get(String(uidIndex)).value.owner).toBe(vmId)
      expect(macs.get(mac).value.owner).toBe(vmId)
    }
    expect(documents.vms.cache.revision).toBeLessThan(SIZE.vms / 20)
    expect(told.at(-1)).toBe(SIZE.vms)
  }))

test.each([0, 1, 2, 40, 81])(
  'a start that was broken off after %d transactions is made good by the next',
  async (after) => {
    await opened((store, documents) => expect(seed(failing(store, after), documents)).rejects.toThrow('broken off'))
    await opened(async (store, documents) => {
      await seed(store, documents)
      expect(documents.vms.list()).toHaveLength(SIZE.vms)
      expect(documents.simulations.list()).toMatchObject([{ value: { state: 'seeded' } }])
    })
  },
)

test('what was seeded is never written again: a VM that was deleted stays deleted', async () => {
  const { vmId } = fleetVm(SIZE, 7)
  await opened(async (store, documents) => {
    await seed(store, documents)
    await store.transaction({ writes: [documents.vms.remove(vmId)] })
  })
  await opened(async (store, documents) => {
    await seed(store, documents)
    expect(documents.vms.find(vmId)).toBeUndefined()
    expect(documents.vms.list()).toHaveLength(SIZE.vms - 1)
  })
})

test('a store half seeded is not started as a real one', async () => {
  await opened((store, documents) => expect(seed(failing(store, 10), documents)).rejects.toThrow('broken off'))
  await opened((store, documents) =>
    expect(seedFleet({ store, documents, size: undefined, onProgress: () => undefined })).rejects.toThrow('--simulate'),
  )
})
