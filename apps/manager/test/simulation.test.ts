import { fleetHost, fleetVm } from '@viv/common'
import { afterEach, expect, test } from 'vitest'
import { Platform, until } from './platform.ts'
import { SimulatedPlatform } from './simulated-platform.ts'

let platform: SimulatedPlatform | undefined
afterEach(async () => {
  await platform?.[Symbol.asyncDispose]()
  platform = undefined
})

const SIZE = { hosts: 7, vms: 130 }

interface Listed {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly hostId: string
}

/** All, by name. */
async function vms(of: SimulatedPlatform): Promise<Listed[]> {
  const all: Listed[] = []
  for (let cursor: unknown; ; ) {
    const { body } = await of.call('GET', `/v1/vms${typeof cursor === 'string' ? `?cursor=${cursor}` : ''}`)
    all.push(...(body['items'] as Listed[]))
    cursor = body['next']
    if (typeof cursor !== 'string') return all.sort((a, b) => (a.name < b.name ? -1 : 1))
  }
}

test('what the manager wants and what the hosts say is the same platform', async () => {
  platform = await SimulatedPlatform.start(SIZE)
  const listed = await vms(platform)
  expect(listed).toHaveLength(SIZE.vms)
  for (let index = 0; index < SIZE.vms; index++) {
    const { vmId, name, state, hostIndex } = fleetVm(SIZE, index)
    const { hostId, name: hostName } = fleetHost(hostIndex)
    expect(listed.find(({ id }) => id === vmId)).toMatchObject({ name, state, hostId })
    expect(platform.host(hostName).world.statuses.get(vmId)).toMatchObject({ state })
  }
  const { body } = await platform.call('GET', '/v1/hosts')
  for (const host of body['items'] as { agentVersion: string }[]) expect(host.agentVersion).toBe('simulated')
})

test('its VMs are started, stopped, made and deleted like any other', async () => {
  platform = await SimulatedPlatform.start(SIZE)
  const running = (await vms(platform)).find(({ state }) => state === 'running')!
  expect(await platform.task(await platform.act(running.id, 'stop'), 30)).toMatchObject({ state: 'succeeded' })
  expect(await platform.vm(running.id)).toMatchObject({ state: 'stopped', exit: { cause: 'stopped' } })
  const { body: gone } = await platform.call('DELETE', `/v1/vms/${running.id}?purge=true&wait=30`)
  expect(gone).toMatchObject({ state: 'succeeded' })
  const { body: images } = await platform.call('GET', '/v1/images')
  const [image] = images['items'] as { id: string; hostId: string }[]
  const body = { name: running.name, imageId: image!.id }
  const made = await platform.call('POST', '/v1/vms?wait=30', { body })
  expect(made.body).toMatchObject({ state: 'succeeded' })
  expect((await vms(platform)).find(({ name }) => name === running.name)).toMatchObject({ hostId: image!.hostId })
})

test('a second start takes the store as it is, and the hosts go on where they were', async () => {
  platform = await SimulatedPlatform.start(SIZE)
  const all = await vms(platform)
  const [first, second] = all.filter(({ state }) => state === 'running')
  await platform.task(await platform.act(first!.id, 'stop'), 30)
  await platform.task(await platform.act(second!.id, 'stop'), 30)
  await platform.call('DELETE', `/v1/vms/${second!.id}?purge=true&wait=30`)
  const before = await vms(platform)
  await platform.stopManager()
  await platform.stopSimulator()
  await platform.startSimulator()
  await platform.startManager()
  await platform.untilReachable()
  expect(await vms(platform)).toEqual(before)
  expect(before).toHaveLength(SIZE.vms - 1)
  expect(await platform.vm(first!.id)).toMatchObject({ state: 'stopped' })
  expect(await platform.task(await platform.act(first!.id, 'start'), 30)).toMatchObject({ state: 'succeeded' })
})

test('a simulator that is started again does not make the view false, also of what was made meanwhile', async () => {
  platform = await SimulatedPlatform.start(SIZE)
  const { body: images } = await platform.call('GET', '/v1/images')
  const [image] = images['items'] as { id: string }[]
  const body = { name: 'new', imageId: image!.id, start: true }
  const made = await platform.call('POST', '/v1/vms?wait=30', { body })
  const newId = (made.body['target'] as { id: string }).id
  expect(await platform.task(made.body['followedBy'] as string, 30)).toMatchObject({ state: 'succeeded' })
  const before = await vms(platform)
  await platform.stopSimulator()
  await platform.untilReachable(0)
  await platform.startSimulator()
  await platform.untilReachable()
  expect(await vms(platform)).toEqual(before)
  expect(await platform.task(await platform.act(newId, 'stop'), 30)).toMatchObject({ state: 'succeeded' })
})

test('another size, a real start and a real store are refused, and nothing is changed', async () => {
  platform = await SimulatedPlatform.start({ hosts: 2, vms: 10 })
  await platform.stopManager()
  await expect(platform.startManager({ hosts: 2, vms: 11 })).rejects.toThrow('not of another size')
  await platform.stopSimulator()
  await expect(platform.startSimulator({ hosts: 3, vms: 10 })).rejects.toThrow('of another platform')
  const real = await Platform.start()
  try {
    await real.stopManager()
    await expect(real.startManager(undefined, { hosts: 2, vms: 10 })).rejects.toThrow('not empty')
    await real.startManager()
    expect((await real.call('GET', '/v1/vms')).body['items']).toEqual([])
  } finally {
    await real[Symbol.asyncDispose]()
  }
  await expect(platform.startManager(null)).rejects.toThrow('start it with --simulate')
})

test('VMs change by themselves, and the manager hears of it', async () => {
  platform = await SimulatedPlatform.start({ hosts: 2, vms: 40 }, { changesPerSecond: 200, seed: 5 })
  const exits = async () => (await vms(platform!)).filter((vm) => 'resets' in vm || 'exit' in vm).length
  await until(async () => (await exits()) > 20)
})
