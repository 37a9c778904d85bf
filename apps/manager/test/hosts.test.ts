import { afterEach, beforeEach, expect, test } from 'vitest'
import { HostAgents } from '../src/agents/host-agents.ts'
import { Platform, until } from './platform.ts'

let platform: Platform

beforeEach(async () => {
  platform = await Platform.startHosts(['left', 'right'])
})
afterEach(() => platform?.[Symbol.asyncDispose]())

interface Host {
  readonly id: string
  readonly name: string
  readonly isReachable: boolean
}

async function host(name: string): Promise<Host> {
  const { body } = await platform.call('GET', '/v1/hosts')
  return (body['items'] as Host[]).find((found) => found.name === name)!
}

/** Each host has a built-in image of its own. */
async function imageOn(name: string): Promise<string> {
  const { id } = await host(name)
  const { body } = await platform.call('GET', '/v1/images')
  return (body['items'] as { id: string; hostId: string }[]).find(({ hostId }) => hostId === id)!.id
}

async function vmOn(hostName: string, name: string): Promise<string> {
  return platform.vm(name, { imageId: await imageOn(hostName), start: true })
}

const worldOf = (name: string) => platform.agents.get(name)!.host.world

test('a VM is made on the host of its image, and each operation goes to its host alone', async () => {
  const left = await vmOn('left', 'on-left')
  const right = await vmOn('right', 'on-right')
  expect([...worldOf('left').statuses.keys()]).toEqual([left])
  expect([...worldOf('right').statuses.keys()]).toEqual([right])
  await platform.call('POST', `/v1/vms/${left}/actions/stop?wait=30`, { body: {} })
  expect(worldOf('left').statuses.get(left)).toMatchObject({ state: 'stopped' })
  expect(worldOf('right').statuses.get(right)).toMatchObject({ state: 'running' })
})

test('one host lost: its work waits, the other goes on; back again, the work is done', async () => {
  const left = await vmOn('left', 'on-left')
  const right = await vmOn('right', 'on-right')
  await platform.stopAgent('left')
  await until(async () => !(await host('left')).isReachable)
  expect(await host('right')).toMatchObject({ isReachable: true })
  const waiting = await platform.call('POST', `/v1/vms/${left}/actions/stop`, { body: {} })
  await until(async () => {
    const { body } = await platform.call('GET', `/v1/tasks/${waiting.body['id']}`)
    return body['state'] === 'waiting_for_host'
  })
  const other = await platform.call('POST', `/v1/vms/${right}/actions/stop?wait=30`, { body: {} })
  expect(other.body).toMatchObject({ state: 'succeeded' })
  expect((await platform.call('GET', `/v1/vms/${left}`)).body).toMatchObject({ hostReachable: false })
  expect((await platform.call('GET', `/v1/vms/${right}`)).body).toMatchObject({ hostReachable: true })
  await platform.startAgent('left')
  const ended = await platform.call('GET', `/v1/tasks/${waiting.body['id']}?wait=30`)
  expect(ended.body).toMatchObject({ state: 'succeeded' })
})

test('an image of another host is refused with the way out', async () => {
  const body = { name: 'lost', imageId: await imageOn('left'), hostId: (await host('right')).id }
  const answer = await platform.call('POST', '/v1/vms', { body })
  expect(answer).toMatchObject({ status: 422, body: { blockers: [{ reason: 'image_elsewhere' }] } })
})

test('each host has its built-in image under a name of its own', async () => {
  const { body } = await platform.call('GET', '/v1/images')
  const names = (body['items'] as { name: string }[]).map(({ name }) => name).sort()
  expect(names).toHaveLength(2)
  expect(names[0]).toBe('micro')
  expect(names[1]).toMatch(/^micro-(left|right)$/)
})

test('an agent that says it is a host which another one is already is refused, logged once, and never mixed up', async () => {
  const { host: left } = platform.agents.get('left')!
  await platform.startAgent('zz-liar', { hostId: left.hostId })
  await until(() => platform.problems.some((problem) => problem.includes('zz-liar.sock says that it is host')))
  const vmId = await vmOn('left', 'mine')
  expect([...worldOf('left').statuses.keys()]).toEqual([vmId])
  expect(worldOf('zz-liar').statuses.size).toBe(0)
  await platform.stopAgent('left')
  // It stays refused while the true one is away.
  await until(async () => !(await host('left')).isReachable)
  await platform.startAgent('left')
  await until(async () => (await host('left')).isReachable)
  expect(platform.problems.filter((problem) => problem.includes('zz-liar.sock'))).toHaveLength(1)
})

test('a host that joins later is found', async () => {
  await platform.startAgent('third')
  await platform.untilHostsKnown(3)
  const vmId = await vmOn('third', 'new')
  expect([...worldOf('third').statuses.keys()]).toEqual([vmId])
})

test('tells each turn of a host once: reachable, lost, reachable', async () => {
  await platform.stopManager()
  const told: [string, boolean][] = []
  const agents = new HostAgents(
    platform.folder,
    {
      onHello: () => Promise.resolve(),
      onVmStatuses: () => Promise.resolve(),
      onVmGone: () => Promise.resolve(),
      onReachability: (hostId, isReachable) => {
        // Who is told may ask at once.
        expect(agents.isReachable(hostId)).toBe(isReachable)
        told.push([hostId, isReachable])
      },
    },
    () => undefined,
  )
  try {
    await until(() => told.length === 2)
    const { hostId } = platform.agents.get('left')!.host
    await platform.stopAgent('left')
    await until(() => told.length === 3)
    // Tried in vain meanwhile, which is no news.
    await expect(agents.whenReachable(hostId, AbortSignal.timeout(1_000))).rejects.toThrow()
    expect(told).toHaveLength(3)
    await platform.startAgent('left')
    await agents.whenReachable(hostId, AbortSignal.timeout(10_000))
    await until(() => told.length === 4)
    expect(told.filter(([id]) => id === hostId).map(([, isReachable]) => isReachable)).toEqual([true, false, true])
  } finally {
    await agents.close()
  }
})
