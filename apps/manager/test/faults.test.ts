import { fleetHost, fleetVm } from '@viv/common'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { until } from './platform.ts'
import { SimulatedPlatform } from './simulated-platform.ts'

const SIZE = { hosts: 4, vms: 200 }
let platform: SimulatedPlatform
/** VMs of which each is used once. */
const unused = Array.from({ length: SIZE.vms }, (_, index) => fleetVm(SIZE, index))

beforeAll(async () => {
  platform = await SimulatedPlatform.start(SIZE)
})
afterAll(() => platform?.[Symbol.asyncDispose]())
afterEach(async () => {
  await platform.fault('DELETE', '/faults')
  await platform.untilReachable()
})

/** One that nobody has touched, and the name of its host. */
function takeVm(state: string): { vmId: string; name: string; host: string } {
  const index = unused.findIndex((vm) => vm.state === state)
  const [{ vmId, name, hostIndex }] = unused.splice(index, 1) as [(typeof unused)[0]]
  return { vmId, name, host: fleetHost(hostIndex).name }
}

async function hostReachable(name: string): Promise<unknown> {
  const { body } = await platform.call('GET', '/v1/hosts')
  return (body['items'] as { name: string; isReachable: boolean }[]).find((host) => host.name === name)?.isReachable
}

test('a host that cannot be reached: its last word and its age, tasks wait, and go on when it is back', async () => {
  const { vmId, host } = takeVm('running')
  const before = await platform.vm(vmId)
  await platform.fault('PUT', `/hosts/${host}/reachability`, { isReachable: false })
  await until(async () => (await hostReachable(host)) === false)
  expect(await platform.vm(vmId)).toEqual({ ...before, hostReachable: false })
  const taskId = await platform.act(vmId, 'stop')
  await until(async () => (await platform.task(taskId))['state'] === 'waiting_for_host')
  // What happens there meanwhile is not known here, and true at once when it is.
  platform.host(host).kill(vmId)
  expect(await platform.vm(vmId)).toMatchObject({ hostReachable: false, statusAt: before['statusAt'] })
  await platform.fault('PUT', `/hosts/${host}/reachability`, { isReachable: true })
  expect(await platform.task(taskId, 30)).toMatchObject({ state: 'succeeded' })
  expect(await platform.vm(vmId)).toMatchObject({ hostReachable: true, state: 'stopped' })
})

test('a host that cannot be reached holds up nobody else', async () => {
  const [lost, other] = [takeVm('running'), takeVm('running')]
  expect(lost.host).not.toBe(other.host)
  await platform.fault('PUT', `/hosts/${lost.host}/reachability`, { isReachable: false })
  await until(async () => (await hostReachable(lost.host)) === false)
  expect(await platform.task(await platform.act(other.vmId, 'stop'), 30)).toMatchObject({ state: 'succeeded' })
  expect(await hostReachable(other.host)).toBe(true)
})

test('a task that waits for a host can be cancelled, and what it wanted never happens', async () => {
  const { vmId, host } = takeVm('stopped')
  await platform.fault('PUT', `/hosts/${host}/reachability`, { isReachable: false })
  await until(async () => (await hostReachable(host)) === false)
  const taskId = await platform.act(vmId, 'start')
  await until(async () => (await platform.task(taskId))['state'] === 'waiting_for_host')
  await platform.call('POST', `/v1/tasks/${taskId}/actions/cancel`)
  await platform.fault('PUT', `/hosts/${host}/reachability`, { isReachable: true })
  expect(await platform.task(taskId, 30)).toMatchObject({ state: 'cancelled' })
  expect(await platform.vm(vmId)).toMatchObject({ state: 'stopped' })
  expect(platform.host(host).world.statuses.get(vmId)).toMatchObject({ state: 'stopped' })
})

test('a slow host: its work is done, later; nobody else is slow', async () => {
  const [slow, other] = [takeVm('running'), takeVm('running')]
  expect(slow.host).not.toBe(other.host)
  const delayMs = 700
  await platform.fault('PUT', `/hosts/${slow.host}/delay`, { delayMs })
  const begunMs = performance.now()
  const slowTask = await platform.act(slow.vmId, 'stop')
  expect(await platform.task(await platform.act(other.vmId, 'stop'), 30)).toMatchObject({ state: 'succeeded' })
  expect(await platform.task(slowTask)).toMatchObject({ state: 'running' })
  expect(await platform.task(slowTask, 30)).toMatchObject({ state: 'succeeded' })
  expect(performance.now() - begunMs).toBeGreaterThanOrEqual(delayMs)
  expect(await platform.vm(slow.vmId)).toMatchObject({ state: 'stopped', hostReachable: true })
})

test('steps that were asked to fail do so as often as asked, with the reason, and leave nothing', async () => {
  const { vmId, name, host } = takeVm('stopped')
  const facts = { name, output: 'no such device' }
  await platform.fault('POST', `/hosts/${host}/failures`, { kind: 'vmStart', times: 2, reason: 'qemu_failed', facts })
  for (let n = 0; n < 2; n++) {
    const failed = await platform.task(await platform.act(vmId, 'start'), 30)
    expect(failed).toMatchObject({ state: 'failed', error: { blockers: [{ reason: 'qemu_failed', facts }] } })
    expect(await platform.vm(vmId)).toMatchObject({ state: 'stopped' })
  }
  expect(await platform.task(await platform.act(vmId, 'start'), 30)).toMatchObject({ state: 'succeeded' })
  expect((await platform.fault('GET', '/faults')).body['faults']).toEqual([])
})

test('a creation whose disk fails is undone: no VM, no name, nothing on the host', async () => {
  const { body: images } = await platform.call('GET', '/v1/images')
  const [image] = images['items'] as { id: string; hostId: string }[]
  const host = [0, 1, 2, 3].map(fleetHost).find(({ hostId }) => hostId === image!.hostId)!.name
  const before = new Set(platform.host(host).world.statuses.keys())
  await platform.fault('POST', `/hosts/${host}/failures`, { kind: 'volumeCreate' })
  const answer = await platform.call('POST', '/v1/vms?wait=30', { body: { name: 'unlucky', imageId: image!.id } })
  expect(answer.body).toMatchObject({ state: 'failed', error: { blockers: [{ reason: 'agent_refused' }] } })
  expect(new Set(platform.host(host).world.statuses.keys())).toEqual(before)
  await platform.fault('DELETE', `/hosts/${host}/faults`)
  const again = await platform.call('POST', '/v1/vms?wait=30', { body: { name: 'unlucky', imageId: image!.id } })
  expect(again.body).toMatchObject({ state: 'succeeded' })
})

test('half of the steps fail where a half is asked for', async () => {
  const { vmId, host } = takeVm('running')
  await platform.fault('POST', `/hosts/${host}/failures`, { kind: 'vmReset', probability: 0.5 })
  const states: unknown[] = []
  for (let n = 0; n < 30; n++) states.push((await platform.task(await platform.act(vmId, 'reset'), 30))['state'])
  // Drawn from the seed: the row is the same each time.
  expect(states.filter((state) => state === 'succeeded').length).toBeGreaterThan(5)
  expect(states.filter((state) => state === 'failed').length).toBeGreaterThan(5)
})

test.each([
  ['died', 'crashed', undefined],
  ['powered_off', 'stopped', undefined],
  ['panicked', 'crashed', 1],
])('a VM that %s is %s, with the cause', async (how, state, pid) => {
  const { vmId, name } = takeVm('running')
  expect((await platform.fault('POST', `/vms/${name}/end`, { how })).status).toBe(200)
  await until(async () => (await platform.vm(vmId))['state'] === state)
  const vm = await platform.vm(vmId)
  expect(vm).toMatchObject({ exit: { cause: how } })
  expect(vm['pid']).toBe(pid)
  if (state === 'stopped') return
  expect(await platform.task(await platform.act(vmId, 'start'), 30)).toMatchObject({ state: 'succeeded' })
})

test.each([
  ['PUT', '/hosts/sim-0001/delay', { delayMs: -1 }, 400, 'invalid_field'],
  ['PUT', '/hosts/sim-0001/delay', { delayMs: 1, delay: 1 }, 400, 'invalid_field'],
  ['PUT', '/hosts/sim-0001/delay', { delayMs: '5' }, 400, 'invalid_field'],
  ['PUT', '/hosts/sim-9999/delay', { delayMs: 1 }, 404, 'not_found'],
  ['POST', '/hosts/sim-0001/failures', { kind: 'vmBegin' }, 400, 'invalid_field'],
  ['POST', '/hosts/sim-0001/failures', { kind: 'vmStart', reason: 'bad_mood' }, 400, 'invalid_field'],
  ['POST', '/hosts/sim-0001/failures', { kind: 'vmStart', reason: 'qemu_failed', facts: {} }, 400, 'invalid_field'],
  ['POST', '/vms/nobody/end', { how: 'died' }, 404, 'not_found'],
  ['POST', '/nothing', {}, 404, 'not_found'],
])('%s %s with %j is refused', async (method, path, body, status, reason) => {
  expect(await platform.fault(method, path, body)).toMatchObject({ status, body: { reason } })
  expect((await platform.fault('GET', '/faults')).body['faults']).toEqual([])
})

test('a VM that does not run cannot end', async () => {
  const { vmId } = takeVm('stopped')
  expect(await platform.fault('POST', `/vms/${vmId}/end`, { how: 'died' })).toMatchObject({
    status: 409,
    body: { reason: 'vm_state' },
  })
})
