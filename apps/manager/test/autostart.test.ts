import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Answer, Platform, until } from './platform.ts'

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

/** What the host would start by itself. */
const known = (vmId: string) => platform.agent?.host.world.configs.get(vmId)

/** As an agent says it of a VM whose turn is still to come. */
function waits(vmId: string, state: 'stopped' | 'hibernated' = 'stopped'): void {
  const host = platform.agent?.host
  const status = host?.world.statuses.get(vmId)
  if (host === undefined || status?.autostart === undefined) throw new Error('the host knows no turn')
  host.say({ ...status, state, autostart: { ...status.autostart, isWaiting: true } })
}

test('a VM that was never started is known to its host as it is wanted, as soon as the edit is answered', async () => {
  const vmId = await platform.vm('web')
  expect(await show(vmId)).toMatchObject({ autostart: { enabled: false, order: 500, delaySeconds: 0 } })
  expect(known(vmId)).not.toHaveProperty('autostart')
  const edited = await edit(vmId, { autostart: { enabled: true, delaySeconds: 30 } })
  expect(edited).toMatchObject({ status: 200, body: { autostart: { enabled: true, order: 500, delaySeconds: 30 } } })
  expect(edited.body).not.toHaveProperty('pending')
  expect(known(vmId)).toMatchObject({ autostart: { order: 500, delaySeconds: 30 } })
  // Whatever else is wanted of it, too: its host starts it without asking.
  await edit(vmId, { cpus: 4, name: 'www' })
  expect(known(vmId)).toMatchObject({ name: 'www', hardware: { cpus: 4 } })
  await edit(vmId, { autostart: { enabled: false } })
  expect(known(vmId)).not.toHaveProperty('autostart')
  expect(await show(vmId)).toMatchObject({ autostart: { enabled: false, order: 500, delaySeconds: 30 } })
})

test('a new VM can have it from the beginning, and its history keeps it and goes back', async () => {
  const vmId = await platform.vm('web', { autostart: { enabled: true, order: 1 } })
  await until(() => known(vmId)?.autostart?.order === 1)
  await edit(vmId, { autostart: { enabled: false, order: 9 } })
  const entries = (await platform.call('GET', `/v1/history?objectId=${vmId}&sort=-at`)).body['items'] as {
    id: string
    changes: object[]
  }[]
  expect(entries[0]?.changes).toEqual([
    { path: 'autostart.enabled', before: true, after: false },
    { path: 'autostart.order', before: 1, after: 9 },
  ])
  const headers = { 'if-match': String((await show(vmId))['revision']) }
  await platform.call('POST', `/v1/vms/${vmId}/actions/revert`, { body: { entryId: entries[1]?.id }, headers })
  expect(await show(vmId)).toMatchObject({ autostart: { enabled: true, order: 1 } })
  expect(known(vmId)).toMatchObject({ autostart: { order: 1 } })
})

test('the plan says each part of it, and that a silent host will hear of it later', async () => {
  const vmId = await platform.vm('web')
  const planned = await edit(vmId, { autostart: { enabled: true, order: 3 } }, '?plan=true')
  expect(planned.body['effects']).toMatchObject([
    { facts: { field: 'autostart.enabled', before: 'false', after: 'true' }, when: 'now' },
    { facts: { field: 'autostart.order', before: '500', after: '3' }, when: 'now' },
  ])
  expect(planned.body['warnings']).toEqual([])
  await platform.stopAgent()
  await until(async () => (await show(vmId))['hostReachable'] === false)
  const later = await edit(vmId, { autostart: { enabled: true } }, '?plan=true')
  expect(later.body).toMatchObject({ allowed: true, warnings: [{ warning: 'autostart_told_later' }] })
})

test('what a silent host has not heard is pending, over a restart of the manager, until it is back', async () => {
  const vmId = await platform.vm('web')
  await platform.stopAgent()
  await until(async () => (await show(vmId))['hostReachable'] === false)
  expect((await edit(vmId, { autostart: { enabled: true, order: 7 } })).body).toMatchObject({
    pending: [{ path: 'autostart', running: { enabled: false }, wanted: { enabled: true, order: 7 } }],
  })
  await platform.stopManager()
  await platform.startManager()
  expect(await show(vmId)).toMatchObject({ pending: [{ path: 'autostart' }] })
})

test('one that waits for its turn is starting, and may be started at once or kept from it', async () => {
  const vmId = await platform.vm('web')
  await edit(vmId, { autostart: { enabled: true } })
  waits(vmId)
  await until(async () => (await show(vmId))['state'] === 'starting')
  expect(await show(vmId)).toMatchObject({
    startsInTurn: true,
    allowedActions: ['start', 'forceStop', 'console', 'edit'],
  })
  expect((await act(vmId, 'stop', {})).body).toMatchObject({ state: 'succeeded' })
  expect(await show(vmId)).toMatchObject({ state: 'stopped' })
  expect(await show(vmId)).not.toHaveProperty('startsInTurn')
  waits(vmId)
  await until(async () => (await show(vmId))['state'] === 'starting')
  expect((await act(vmId, 'start')).body).toMatchObject({ state: 'succeeded' })
  expect(await show(vmId)).toMatchObject({ state: 'running' })
})

test('a hibernated one that waits is woken, not started afresh', async () => {
  const vmId = await platform.vm('web', { start: true })
  await edit(vmId, { autostart: { enabled: true } })
  await act(vmId, 'hibernate')
  waits(vmId, 'hibernated')
  await until(async () => (await show(vmId))['state'] === 'starting')
  const told = await platform.call('POST', `/v1/vms/${vmId}/actions/start?plan=true`)
  expect(told.body['effects']).toMatchObject([{ effect: 'vm_woken' }])
  await act(vmId, 'start')
  expect(await show(vmId)).toMatchObject({ state: 'running' })
})

test('a host that started an edited VM before it had heard of the edit shows what is pending', async () => {
  const vmId = await platform.vm('web', { cpus: 1 })
  await edit(vmId, { autostart: { enabled: true } })
  const status = platform.agent?.host.world.statuses.get(vmId)
  if (status === undefined) throw new Error('the host does not know the VM')
  // It cannot be told: whatever it is asked to do fails.
  platform.agent?.host.faults.fail({ kind: 'vmConfigure' })
  await edit(vmId, { cpus: 4 })
  const { autostart } = status
  platform.agent?.host.say({ ...status, state: 'running', appliedRevision: autostart?.revision ?? 0, pid: 1 })
  await until(async () => (await show(vmId))['state'] === 'running')
  expect(await show(vmId)).toMatchObject({ pending: [{ path: 'cpus', running: 1, wanted: 4 }] })
})

test.each([{ order: -1 }, { order: 1000 }, { delaySeconds: 3601 }, { enabled: 'yes' }, { place: 1 }])(
  'refuses %j and changes nothing',
  async (autostart) => {
    const vmId = await platform.vm('web')
    const before = await show(vmId)
    expect((await edit(vmId, { autostart })).status).toBe(400)
    expect(await show(vmId)).toEqual(before)
  },
)
