import { afterEach, beforeEach, expect, test } from 'vitest'
import { Platform } from './platform.ts'

let platform: Platform
beforeEach(async () => {
  platform = await Platform.start()
})
afterEach(() => platform[Symbol.asyncDispose]())

test('creates a VM from an image and starts it', async () => {
  const vmId = await platform.vm('web', { start: true, memoryMib: 128 })
  const { body } = await platform.call('GET', `/v1/vms/${vmId}`)
  expect(body).toMatchObject({
    name: 'web',
    state: 'running',
    hostReachable: true,
    hardware: { memoryMib: 128, machineType: 'pc-q35-7.2' },
  })
})

test('stops, resets and deletes, and leaves nothing of the VM', async () => {
  const vmId = await platform.vm('web', {
    start: true,
    forwards: [{ protocol: 'tcp', bind: 'loopback', hostPort: 2222, guestPort: 22 }],
  })
  expect((await platform.call('POST', `/v1/vms/${vmId}/actions/reset?wait=30`)).body).toMatchObject({
    state: 'succeeded',
  })
  expect((await platform.call('POST', `/v1/vms/${vmId}/actions/stop?wait=30`, { body: {} })).body).toMatchObject({
    state: 'succeeded',
  })
  expect((await platform.call('GET', `/v1/vms/${vmId}`)).body).toMatchObject({ state: 'stopped' })
  expect((await platform.call('DELETE', `/v1/vms/${vmId}?purge=true&wait=30`)).body).toMatchObject({
    state: 'succeeded',
  })
  expect((await platform.call('GET', `/v1/vms/${vmId}`)).status).toBe(404)
  const { documents } = platform.manager!.parts
  for (const left of [
    documents.vmNames,
    documents.vmUids,
    documents.macs,
    documents.ports,
    documents.claims,
    documents.vmStatuses,
  ]) {
    expect(left.list()).toEqual([])
  }
  expect(platform.agent!.host.world.configs.size).toBe(0)
})

test('refuses an action that the state does not allow, and says what is allowed', async () => {
  const vmId = await platform.vm('web')
  const { status, body } = await platform.call('POST', `/v1/vms/${vmId}/actions/stop`, { body: {} })
  expect(status).toBe(409)
  expect(body).toMatchObject({
    code: 'invalid_state',
    message:
      'VM "web" is stopped, so it cannot stop. Allowed now: start, edit, changeDisc, delete, clone, addDisk, removeDisk, addNic, removeNic, addCd, removeCd, pack, purge.',
  })
})

test('says every reason at once why a VM cannot be made', async () => {
  await platform.vm('web')
  const body = { name: 'WEB', accelerator: 'kvm', imageId: '11111111-1111-4111-8111-111111111111' }
  const answer = await platform.call('POST', '/v1/vms', { body })
  const reasons = (answer.body['blockers'] as { reason: string }[]).map(({ reason }) => reason)
  expect(reasons).toEqual(['not_found', 'name_taken', 'kvm_unavailable'])
})

test('two VMs that want one name at the same moment: one gets it, the other is told', async () => {
  const imageId = await platform.imageId()
  const sent = Array.from({ length: 5 }, () => platform.call('POST', '/v1/vms', { body: { name: 'web', imageId } }))
  const codes = (await Promise.all(sent)).map(({ status, body }) => (status === 202 ? 'made' : body['code']))
  expect(codes.sort()).toEqual(['already_exists', 'already_exists', 'already_exists', 'already_exists', 'made'])
})

test('a repeated POST with the same key makes one VM, and the same key with another body is refused', async () => {
  const body = { name: 'web', imageId: await platform.imageId() }
  const headers = { 'idempotency-key': 'abc' }
  const first = await platform.call('POST', '/v1/vms?wait=30', { body, headers })
  const again = await platform.call('POST', '/v1/vms?wait=30', { body, headers })
  expect(again.body['id']).toBe(first.body['id'])
  expect(again.body['target']).toEqual(first.body['target'])
  const other = await platform.call('POST', '/v1/vms?wait=30', { body: { ...body, name: 'other' }, headers })
  expect(other).toMatchObject({ status: 422, body: { code: 'unprocessable' } })
  const list = await platform.call('GET', '/v1/vms')
  expect(list.body['items']).toHaveLength(1)
})

test('a change without If-Match is 428, and with an old revision a conflict that changes nothing', async () => {
  const vmId = await platform.vm('web')
  const path = `/v1/vms/${vmId}`
  expect(await platform.call('PATCH', path, { body: { notes: 'a' } })).toMatchObject({ status: 428 })
  const revision = (await platform.call('GET', path)).body['revision'] as string
  const headers = { 'if-match': `"${revision}"` }
  expect(await platform.call('PATCH', path, { body: { name: 'mail' }, headers })).toMatchObject({
    status: 200,
    body: { name: 'mail' },
  })
  const late = await platform.call('PATCH', path, { body: { name: 'late' }, headers })
  expect(late).toMatchObject({ status: 412, body: { code: 'conflict' } })
  expect((await platform.call('GET', path)).body['name']).toBe('mail')
  expect(await platform.vm('web')).not.toBe(vmId)
})

test('a crashed machine is shown with its exit, and can be started again', async () => {
  const vmId = await platform.vm('web', { start: true })
  platform.agent!.host.kill(vmId)
  const path = `/v1/vms/${vmId}`
  await expect.poll(async () => (await platform.call('GET', path)).body['state']).toBe('crashed')
  expect((await platform.call('GET', path)).body).toMatchObject({ exit: { cause: 'died', code: 1 } })
  expect((await platform.call('POST', `${path}/actions/start?wait=30`)).body).toMatchObject({ state: 'succeeded' })
})

test('a host that is silent: the last status with its age, and work that waits for it', async () => {
  const vmId = await platform.vm('web', { start: true })
  await platform.stopAgent()
  const path = `/v1/vms/${vmId}`
  await expect.poll(async () => (await platform.call('GET', path)).body['hostReachable']).toBe(false)
  expect((await platform.call('GET', path)).body).toMatchObject({ state: 'running' })
  const { body } = await platform.call('POST', `${path}/actions/stop`, { body: { mode: 'force' } })
  const taskPath = `/v1/tasks/${String(body['id'])}`
  await expect.poll(async () => (await platform.call('GET', taskPath)).body['state']).toBe('waiting_for_host')
  await platform.startAgent()
  expect((await platform.call('GET', `${taskPath}?wait=30`)).body).toMatchObject({ state: 'succeeded' })
})
