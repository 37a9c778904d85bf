import { afterEach, beforeEach, expect, test } from 'vitest'
import { EventReader as Reader } from './event-reader.ts'
import { Platform, until } from './platform.ts'

let platform: Platform
beforeEach(async () => {
  platform = await Platform.start()
})
afterEach(() => platform[Symbol.asyncDispose]())

test('tells every state that a VM arrives in, and that it is gone', async () => {
  using reader = await Reader.open(platform, '?kinds=vm')
  const vmId = await platform.vm('web', { start: true })
  await until(() => reader.states(vmId).includes('running'))
  await platform.call('POST', `/v1/vms/${vmId}/actions/stop?wait=30`, { body: { mode: 'force' } })
  await platform.call('DELETE', `/v1/vms/${vmId}?purge=true&wait=30`)
  await until(() => reader.told.at(-1)?.data.object === null)
  const states = reader.states(vmId)
  expect(states[0]).toBe('creating')
  expect(states).toContain('running')
  expect(states).toContain('stopped')
  expect(states.at(-1)).toBeUndefined()
  expect(new Set(reader.told.map(({ event }) => event))).toEqual(new Set(['synced', 'vm']))
})

test('goes on after a restart of the manager where the reader was, without a gap', async () => {
  const vmId = await platform.vm('web')
  let lastId: string
  {
    using reader = await Reader.open(platform)
    await until(() => reader.told.length > 0)
    lastId = reader.lastId
  }
  await platform.call('POST', `/v1/vms/${vmId}/actions/start?wait=30`)
  await platform.stopManager()
  await platform.startManager()
  using reader = await Reader.open(platform, '', { 'last-event-id': lastId })
  await until(() => reader.states(vmId).includes('running'))
  expect(reader.told[0]?.event).toBe('synced')
  expect(reader.told.some(({ event, data }) => event === 'task' && data.object?.['action'] === 'vmStart')).toBe(true)
})

test('says "start over" where it cannot know what came between', async () => {
  using reader = await Reader.open(platform, '?since=another-store.5')
  await until(() => reader.told.length > 0)
  expect(reader.told[0]?.event).toBe('start_over')
  const vmId = await platform.vm('web')
  await until(() => reader.states(vmId).includes('stopped'))
})

test('refuses an id that is none and kinds that it does not know', async () => {
  expect(await platform.call('GET', '/v1/events?since=nonsense')).toMatchObject({
    status: 400,
    body: { code: 'invalid_request' },
  })
  const answer = await platform.call('GET', '/v1/events?kinds=vm,machines')
  expect(answer).toMatchObject({ status: 400 })
  expect(answer.body['message']).toContain('"machines"')
})

test('ids come only with the last message of a transaction, and rise', async () => {
  using reader = await Reader.open(platform)
  await platform.vm('web', { start: true })
  await until(() => reader.told.some(({ event, data }) => event === 'vm' && data.object?.['state'] === 'running'))
  const revisions = reader.told.flatMap(({ id }) => (id === undefined ? [] : [Number(id.split('.')[1])]))
  expect(revisions.length).toBeGreaterThan(3)
  expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b))
})

test('tells only of the objects that are asked for', async () => {
  const [web, db] = [await platform.vm('web'), await platform.vm('db')]
  using reader = await Reader.open(platform, `?kinds=vm&ids=${web}`)
  await platform.call('POST', `/v1/vms/${db}/actions/start?wait=30`)
  await platform.call('POST', `/v1/vms/${web}/actions/start?wait=30`)
  await until(() => reader.states(web).includes('running'))
  expect(reader.told.filter(({ event }) => event === 'vm').every(({ data }) => data.id === web)).toBe(true)
  expect(await platform.call('GET', '/v1/events?ids=nonsense')).toMatchObject({ status: 400 })
})

test('a host that falls silent, and is back, is told without an id: it is stored nowhere', async () => {
  using reader = await Reader.open(platform, '?kinds=host')
  const told = () => reader.told.filter(({ event }) => event === 'host')
  await platform.stopAgent()
  await until(() => told().some(({ data }) => data.object?.['isReachable'] === false))
  expect(told().at(-1)?.id).toBeUndefined()
  await platform.startAgent()
  await until(() => told().at(-1)?.data.object?.['isReachable'] === true)
})

test('a reader that does not read is dropped, and its manager goes on', async () => {
  using slow = await Reader.open(platform)
  slow.pause()
  const vmId = await platform.vm('big', { notes: 'x'.repeat(4096) })
  const path = `/v1/vms/${vmId}`
  // More than the server keeps for it and the kernel takes together.
  for (let round = 0; round < 500; round++) {
    const revision = (await platform.call('GET', path)).body['revision'] as string
    const body = { notes: `${round}`.padEnd(4096, 'y') }
    await platform.call('PATCH', path, { body, headers: { 'if-match': revision } })
  }
  // Who does not read does not see the end either: it does when it reads what had come before.
  slow.resume()
  await until(() => slow.hasEnded)
  expect(slow.told.length).toBeLessThan(500)
  expect((await platform.call('GET', path)).status).toBe(200)
})
