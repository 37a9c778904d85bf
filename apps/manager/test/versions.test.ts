import { join } from 'node:path'
import { foldersOf } from '@viv/common'
import { afterEach, expect, test } from 'vitest'
import { SqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import { Platform, until } from './platform.ts'

let platform: Platform | undefined
afterEach(async () => {
  await platform?.[Symbol.asyncDispose]()
  platform = undefined
})

test('an agent of the version before works; what it cannot do is refused while it answers, and pending while it is silent', async () => {
  platform = await Platform.start({ features: [] })
  const vmId = await platform.vm('web', { start: true })
  const show = async () => (await platform?.call('GET', `/v1/vms/${vmId}`))?.body ?? {}
  const edit = async (body: object) => {
    const headers = { 'if-match': String((await show())['revision']) }
    return platform?.call('PATCH', `/v1/vms/${vmId}`, { body, headers })
  }
  expect(await show()).toMatchObject({ state: 'running' })
  expect(await edit({ notes: 'as ever' })).toMatchObject({ status: 200 })
  const refused = await edit({ autostart: { enabled: true } })
  expect(refused).toMatchObject({ status: 422, body: { blockers: [{ reason: 'agent_too_old' }] } })
  // It would not start a VM with what it does not know.
  const unknown = { status: 422, body: { blockers: [{ reason: 'agent_too_old' }] } }
  expect(await edit({ clock: 'free' })).toMatchObject(unknown)
  const body = { name: 'other', imageId: await platform.imageId(), clock: 'free' }
  expect(await platform.call('POST', '/v1/vms', { body })).toMatchObject(unknown)
  expect(await edit({ clock: 'host' })).toMatchObject({ status: 200 })
  await platform.stopAgent()
  await until(async () => (await show())['hostReachable'] === false)
  // Silent, it may be any version: what it has not heard of stays pending until it can do it.
  expect(await edit({ autostart: { enabled: true } })).toMatchObject({ status: 200 })
  expect(await show()).toMatchObject({ pending: [{ path: 'autostart' }] })
})

test('a document of a newer version is refused whole, with what to do, and nothing of it is changed', async () => {
  platform = await Platform.start()
  const vmId = await platform.vm('web')
  await platform.stopManager()
  const path = join(foldersOf(platform.folder).managerData, 'store.db')
  const newer = async (change: (value: Record<string, unknown>) => Record<string, unknown>) => {
    const store = await SqliteStore.open(path)
    try {
      const found = (await store.list('vm')).documents.find(({ id }) => id === vmId)
      const value = change({ ...found?.value }) as never
      await store.transaction({ writes: [{ kind: 'vm', id: vmId, value }] })
      return value
    } finally {
      await store.close()
    }
  }
  const written = await newer((value) => ({ ...value, version: 99, name: { first: 'web' } }))
  const started = platform.startManager()
  await expect(started).rejects.toThrow(/vm .* has document version 99 and this program knows 1: use a newer program/)
  expect(await newer((value) => value)).toEqual(written)
})
