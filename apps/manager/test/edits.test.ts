import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Answer, Platform } from './platform.ts'

let platform: Platform
beforeEach(async () => {
  platform = await Platform.start()
})
afterEach(() => platform[Symbol.asyncDispose]())

const show = async (vmId: string) => (await platform.call('GET', `/v1/vms/${vmId}`)).body

async function edit(vmId: string, body: object, query = ''): Promise<Answer> {
  const headers = { 'if-match': String((await show(vmId))['revision']) }
  return platform.call('PATCH', `/v1/vms/${vmId}${query}`, { body, headers })
}

const act = (vmId: string, action: string, body?: object) =>
  platform.call('POST', `/v1/vms/${vmId}/actions/${action}?wait=30`, { body })

/** What the host was told to run. */
const launched = (vmId: string) => platform.agent?.host.world.configs.get(vmId)?.hardware

test('CPUs and memory of a stopped VM change now, and its next start has them', async () => {
  const vmId = await platform.vm('web')
  const told = await edit(vmId, { cpus: 4, memoryMib: 1024 }, '?plan=true')
  expect(told.body['effects']).toMatchObject([{ when: 'now' }, { when: 'now' }])
  expect(await edit(vmId, { cpus: 4, memoryMib: 1024 })).toMatchObject({
    status: 200,
    body: { hardware: { cpus: 4, memoryMib: 1024 } },
  })
  expect(await show(vmId)).not.toHaveProperty('pending')
  await act(vmId, 'start')
  expect(launched(vmId)).toMatchObject({ cpus: 4, memoryMib: 1024 })
  expect(await show(vmId)).not.toHaveProperty('pending')
})

test('of one that runs they are pending until it is started again, over several edits', async () => {
  const vmId = await platform.vm('web', { start: true, cpus: 1, memoryMib: 512 })
  const told = await edit(vmId, { cpus: 2, notes: 'n' }, '?plan=true')
  expect(told.body['effects']).toMatchObject([
    { facts: { field: 'notes' }, when: 'now' },
    { facts: { field: 'cpus' }, when: 'after_restart' },
  ])
  await edit(vmId, { cpus: 2, notes: 'n' })
  await edit(vmId, { memoryMib: 2048, name: 'www' })
  expect(await show(vmId)).toMatchObject({
    name: 'www',
    notes: 'n',
    pending: [
      { path: 'cpus', running: 1, wanted: 2 },
      { path: 'memoryMib', running: 512, wanted: 2048 },
    ],
  })
  expect(launched(vmId)).toMatchObject({ cpus: 1, memoryMib: 512 })
  // Changed back, it is not pending any more.
  await edit(vmId, { cpus: 1 })
  expect((await show(vmId))['pending']).toMatchObject([{ path: 'memoryMib' }])
  await act(vmId, 'stop', { mode: 'force' })
  expect(await show(vmId)).not.toHaveProperty('pending')
  await act(vmId, 'start')
  expect(launched(vmId)).toMatchObject({ cpus: 1, memoryMib: 2048 })
  expect(await show(vmId)).not.toHaveProperty('pending')
  // What ran first is forgotten with it.
  await edit(vmId, { cpus: 3 })
  expect((await show(vmId))['pending']).toEqual([{ path: 'cpus', running: 1, wanted: 3 }])
})

test('tags are edited, searched by and kept in the history; back to before brings them back', async () => {
  const vmId = await platform.vm('web', { tags: ['shop'] })
  await platform.vm('db')
  await edit(vmId, { tags: ['Production', 'team-a'], cpus: 8 })
  const found = (await platform.call('GET', '/v1/vms?tag=production')).body
  expect(found['items']).toMatchObject([{ name: 'web', tags: ['Production', 'team-a'] }])
  const entries = (await platform.call('GET', `/v1/history?objectId=${vmId}`)).body['items'] as { id: string }[]
  const headers = { 'if-match': String((await show(vmId))['revision']) }
  const body = { entryId: entries.at(-1)?.id }
  expect((await platform.call('POST', `/v1/vms/${vmId}/actions/revert`, { body, headers })).status).toBe(200)
  expect(await show(vmId)).toMatchObject({ tags: ['shop'], hardware: { cpus: 1 } })
})

test.each([{ tags: ['a b'] }, { tags: ['a', 'a'] }, { cpus: 0 }, { memoryMib: 1 }, { tags: Array(21).fill('x') }])(
  'refuses %j and changes nothing',
  async (body) => {
    const vmId = await platform.vm('web')
    const before = await show(vmId)
    expect((await edit(vmId, body)).status).toBe(400)
    expect(await show(vmId)).toEqual(before)
  },
)

test('a clock is free or follows the host, which is nothing said; of one that runs it changes with the next start', async () => {
  const vmId = await platform.vm('web', { clock: 'free', start: true })
  expect(launched(vmId)).toMatchObject({ clock: 'free' })
  expect((await edit(vmId, { clock: 'host' }, '?plan=true')).body).toMatchObject({
    allowed: true,
    effects: [{ effect: 'field_changed', facts: { field: 'clock', before: 'free' }, when: 'after_restart' }],
  })
  expect((await edit(vmId, { clock: 'host' })).body).toMatchObject({ pending: [{ path: 'clock', running: 'free' }] })
  expect((await show(vmId))['hardware']).not.toHaveProperty('clock')
})
