import { afterEach, beforeEach, expect, test } from 'vitest'
import { RecycleBin } from '../src/background/recycle-bin.ts'
import { type Answer, Platform, until } from './platform.ts'

let platform: Platform
beforeEach(async () => {
  platform = await Platform.start()
})
afterEach(() => platform[Symbol.asyncDispose]())

const HOUR_MS = 3_600_000

const get = async (vmId: string) => (await platform.call('GET', `/v1/vms/${vmId}`)).body
const names = async (query = '') => {
  const { body } = await platform.call('GET', `/v1/vms?${query}`)
  const found = (body['items'] as { name: string }[]).map(({ name }) => name)
  expect(body['total']).toBe(found.length)
  return found
}
const recycle = (vmId: string, query = '') => platform.call('DELETE', `/v1/vms/${vmId}?wait=30${query}`)
const act = (vmId: string, action: string) => platform.call('POST', `/v1/vms/${vmId}/actions/${action}?wait=30`)

interface Blocker {
  readonly reason: string
  readonly fix?: { readonly method: string; readonly path: string }
}
const blockers = ({ body }: Answer) => body['blockers'] as Blocker[]

/** As the manager's own does, at a time of ours. */
async function sweepAt(now: number): Promise<void> {
  const { parts } = platform.manager!
  const recycled = () => parts.documents.vms.list().flatMap(({ id, value }) => (value.recycled ? [id] : []))
  const bin = new RecycleBin(
    parts,
    { recycled },
    (error) => expect.unreachable(String(error)),
    () => now,
  )
  try {
    await bin.sweep()
  } finally {
    await bin.close()
  }
}

test('a deleted VM waits in the recycle bin, out of sight, and comes back as it was', async () => {
  const forwards = [{ bind: 'loopback', protocol: 'tcp', hostPort: 2222, guestPort: 22 }]
  const vmId = await platform.vm('web', { forwards })
  const before = await get(vmId)
  await platform.vm('db')
  const deleted = (await recycle(vmId, '&why=moved')).body
  expect(deleted).toMatchObject({ state: 'succeeded', action: 'vmDelete' })
  const inBin = await get(vmId)
  expect(inBin).toMatchObject({ name: 'web', state: 'recycled', allowedActions: ['restore', 'purge'] })
  expect(Date.parse(String(inBin['purgeAt'])) - Date.parse(String(inBin['recycledAt']))).toBe(72 * HOUR_MS)
  expect(await names()).toEqual(['db'])
  expect(await names('name=web')).toEqual([])
  expect(await names('state=recycled')).toEqual(['web'])
  expect(await names('state=recycled,stopped')).toEqual(['db', 'web'])
  expect((await act(vmId, 'restore')).body).toMatchObject({ state: 'succeeded' })
  expect(await names()).toEqual(['db', 'web'])
  const { revision: _old, ...wanted } = before
  expect(await get(vmId)).toMatchObject(wanted)
  expect(await get(vmId)).not.toHaveProperty('purgeAt')
  expect((await platform.call('POST', `/v1/vms/${vmId}/actions/start?wait=30`)).body).toMatchObject({
    state: 'succeeded',
  })
  const { body } = await platform.call('GET', `/v1/history?objectId=${vmId}&sort=at`)
  expect(body['items']).toMatchObject([
    { action: 'vmCreate' },
    { action: 'vmDelete', why: 'moved', isDeleted: false },
    { action: 'vmRestore', isDeleted: false },
  ])
})

test('what is kept for it is refused to others, with the call that frees it', async () => {
  const forwards = [{ bind: 'loopback', protocol: 'tcp', hostPort: 2222, guestPort: 22 }]
  const vmId = await platform.vm('web', { forwards })
  const other = await platform.vm('db')
  const imageId = await platform.imageId()
  await recycle(vmId)
  const fix = { method: 'POST', path: `/v1/vms/${vmId}/actions/purge` }
  expect(blockers(await platform.call('POST', '/v1/vms', { body: { name: 'WEB', imageId, forwards } }))).toMatchObject([
    { reason: 'name_in_bin', fix },
    { reason: 'port_in_bin', fix },
  ])
  const headers = { 'if-match': String((await get(other))['revision']) }
  const renamed = await platform.call('PATCH', `/v1/vms/${other}`, { body: { name: 'web' }, headers })
  expect(blockers(renamed)).toMatchObject([{ reason: 'name_in_bin', fix }])
  expect((await platform.call('DELETE', `/v1/vms/${other}?purge=true&wait=30`)).body).toMatchObject({
    state: 'succeeded',
  })
  const image = await platform.call('DELETE', `/v1/images/${imageId}`)
  expect(blockers(image)).toMatchObject([{ reason: 'image_in_bin', facts: { vm: 'web' }, fix }])
  const started = await act(vmId, 'start')
  expect(blockers(started)).toMatchObject([{ reason: 'vm_state', fix: { path: `/v1/vms/${vmId}/actions/restore` } }])
  expect(blockers(await recycle(vmId))).toMatchObject([{ reason: 'vm_state', fix }])
  expect((await platform.call(fix.method, `${fix.path}?wait=30`)).body).toMatchObject({ state: 'succeeded' })
  await platform.vm('web', { forwards })
})

test('nothing is held that shall not be: the plan says that it cannot be taken back', async () => {
  for (const query of ['&purge=true', '&holdHours=0']) {
    const vmId = await platform.vm('web')
    const { body: plan } = await platform.call('DELETE', `/v1/vms/${vmId}?plan=true${query}`)
    const effects = (plan['effects'] as { effect: string }[]).map(({ effect }) => effect)
    expect(effects).toEqual(['vm_deleted', 'disks_deleted', 'not_taken_back'])
    expect((await recycle(vmId, query)).body).toMatchObject({ state: 'succeeded' })
    expect(await platform.call('GET', `/v1/vms/${vmId}`)).toMatchObject({ status: 404 })
  }
  const vmId = await platform.vm('web')
  for (const hours of ['169', '-1', '1.5', '72h']) {
    expect(await recycle(vmId, `&holdHours=${hours}`), hours).toMatchObject({ status: 400 })
  }
  const { body: plan } = await platform.call('DELETE', `/v1/vms/${vmId}?plan=true&holdHours=168`)
  expect(plan['effects']).toMatchObject([{ effect: 'vm_recycled', facts: { hours: 168 } }])
})

test('what is over its time is deleted by the system, also after a restart, and nothing earlier', async () => {
  const early = await platform.vm('early')
  const late = await platform.vm('late')
  await recycle(early, '&holdHours=1')
  await recycle(late, '&holdHours=3')
  await platform.stopManager()
  await platform.startManager()
  await platform.untilHostKnown()
  expect(await names('state=recycled')).toEqual(['early', 'late'])
  await sweepAt(Date.now() + 2 * HOUR_MS)
  await until(async () => (await platform.call('GET', `/v1/vms/${early}`)).status === 404)
  const { body } = await platform.call('GET', `/v1/history?objectId=${early}&sort=-at`)
  expect((body['items'] as object[])[0]).toMatchObject({ action: 'vmPurge', by: 'system', isDeleted: true })
  expect(await names('state=recycled')).toEqual(['late'])
  await act(late, 'restore')
  await sweepAt(Date.now() + 200 * HOUR_MS)
  expect(await names()).toEqual(['late'])
  expect(platform.manager!.parts.documents.claims.list()).toEqual([])
})

test('a hibernated VM comes back hibernated; a crashed one leaves no process behind', async () => {
  const asleep = await platform.vm('asleep', { start: true })
  await act(asleep, 'hibernate')
  expect((await recycle(asleep)).body).toMatchObject({ state: 'succeeded' })
  const { body: plan } = await platform.call('POST', `/v1/vms/${asleep}/actions/purge?plan=true`)
  expect((plan['effects'] as { effect: string }[]).map(({ effect }) => effect)).toContain('memory_discarded')
  await act(asleep, 'restore')
  expect(await get(asleep)).toMatchObject({ state: 'hibernated' })

  const crashed = await platform.vm('crashed', { start: true })
  const { host } = platform.agent!
  host.say({ ...host.world.statuses.get(crashed)!, state: 'crashed' })
  await until(async () => (await get(crashed))['state'] === 'crashed')
  expect((await recycle(crashed)).body).toMatchObject({ state: 'succeeded' })
  expect(host.world.statuses.get(crashed)).toMatchObject({ state: 'stopped' })
  await act(crashed, 'restore')
  expect(await get(crashed)).toMatchObject({ state: 'stopped' })
})

test('a silent host keeps nobody from emptying their list', async () => {
  const vmId = await platform.vm('web')
  await platform.stopAgent()
  expect((await recycle(vmId)).body).toMatchObject({ state: 'succeeded' })
  expect(await names()).toEqual([])
})

test('what its host cannot read stays in the recycle bin beyond its time, and can only be restored', async () => {
  const vmId = await platform.vm('web')
  await recycle(vmId)
  const { host } = platform.agent!
  const readable = host.world.statuses.get(vmId)!
  const heldBack = { reason: 'vm_description_newer', facts: { name: vmId, file: 'vm.json', format: 2, known: 1 } }
  host.say({ ...readable, state: 'unreadable', heldBack })
  await until(async () => (await get(vmId))['heldBack'] !== undefined)
  expect(await get(vmId)).toMatchObject({ state: 'recycled', allowedActions: ['restore'] })
  expect(blockers(await act(vmId, 'purge'))).toMatchObject([{ reason: heldBack.reason, facts: { name: 'web' } }])
  await sweepAt(Date.now() + 73 * HOUR_MS)
  expect(await get(vmId)).toMatchObject({ state: 'recycled' })
  expect((await act(vmId, 'restore')).body).toMatchObject({ state: 'succeeded' })
  expect(await get(vmId)).toMatchObject({ state: 'unreadable', allowedActions: [] })
  host.say(readable)
  await until(async () => (await get(vmId))['state'] === 'stopped')
  expect(await get(vmId)).not.toHaveProperty('heldBack')
  expect((await act(vmId, 'purge')).body).toMatchObject({ state: 'succeeded' })
})
