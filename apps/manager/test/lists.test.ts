import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Platform, until } from './platform.ts'

let platform: Platform
beforeAll(async () => {
  platform = await Platform.start()
  const imageId = await platform.imageId()
  const names = ['web-1', 'web-2', 'web-10', 'db', 'build', 'Mail']
  for (const [at, name] of names.entries()) {
    await platform.vm(name, { imageId, cpus: at + 1, memoryMib: 128 * (6 - at), start: at % 2 === 0 })
  }
  await until(async () => (await page('state=running')).total === 3)
})
afterAll(() => platform[Symbol.asyncDispose]())

interface PageBody {
  readonly items: readonly { readonly id: string; readonly name: string }[]
  readonly total?: number
  readonly next?: string
  readonly revision: string
}

async function page(query: string, path = '/v1/vms'): Promise<PageBody> {
  const { status, body } = await platform.call('GET', `${path}?${query}`)
  expect(status, JSON.stringify(body)).toBe(200)
  return body as unknown as PageBody
}

const names = async (query: string): Promise<string[]> => (await page(query)).items.map(({ name }) => name)

describe('VMs', () => {
  test('come by name, as people number them, and by every other key both ways', async () => {
    const byName = ['build', 'db', 'Mail', 'web-1', 'web-2', 'web-10']
    expect(await names('')).toEqual(byName)
    expect(await names('sort=-name')).toEqual(byName.toReversed())
    expect(await names('sort=cpus')).toEqual(['web-1', 'web-2', 'web-10', 'db', 'build', 'Mail'])
    expect(await names('sort=memoryMib')).toEqual(['Mail', 'build', 'db', 'web-10', 'web-2', 'web-1'])
    expect(await names('sort=-createdAt')).toEqual(['Mail', 'build', 'db', 'web-10', 'web-2', 'web-1'])
    expect((await names('sort=state')).slice(0, 3).sort()).toEqual(['build', 'web-1', 'web-10'])
  })

  test('come a page at a time, with their number on the first', async () => {
    const first = await page('limit=4')
    expect(first).toMatchObject({ total: 6, items: [{}, {}, {}, {}] })
    const second = await page(`limit=4&cursor=${first.next}`)
    expect(second.items.map(({ name }) => name)).toEqual(['web-2', 'web-10'])
    expect(second).not.toHaveProperty('next')
    expect(second).not.toHaveProperty('total')
  })

  test('are filtered by state, host and name, and searched', async () => {
    expect(await names('state=running')).toEqual(['build', 'web-1', 'web-10'])
    expect(await names('state=running,stopped&search=WEB')).toEqual(['web-1', 'web-2', 'web-10'])
    expect(await names('name=mail,db')).toEqual(['db', 'Mail'])
    expect(await names('hostId=00000000-0000-4000-8000-000000000000')).toEqual([])
    const [db] = (await page('name=db')).items
    expect(await names(`search=${db?.id}`)).toEqual(['db'])
    expect(await page('state=crashed')).toMatchObject({ items: [], total: 0 })
  })

  test('show a change at once to who has seen the change', async () => {
    const [db] = (await page('name=db')).items
    await platform.call('POST', `/v1/vms/${db?.id}/actions/reset`)
    const vm = (await platform.call('GET', `/v1/vms/${db?.id}`)).body
    const notes = { body: { name: 'database' }, headers: { 'if-match': String(vm['revision']) } }
    expect((await platform.call('PATCH', `/v1/vms/${db?.id}`, notes)).status).toBe(200)
    expect(await names('search=data')).toEqual(['database'])
    expect(await names('name=db')).toEqual([])
  })
})

describe('what is refused', () => {
  test.each([
    ['state=runing', 'did you mean "running"'],
    ['limit=0', '"limit"'],
    ['limit=1001', '"limit"'],
    ['sort=colour', '"sort"'],
    ['search=', '"search"'],
    ['cursor=nonsense', 'begin with the first page'],
  ])('%s', async (query, words) => {
    const { status, body } = await platform.call('GET', `/v1/vms?${query}`)
    expect(status).toBe(400)
    expect(body['message']).toContain(words)
  })

  test('a cursor of another order', async () => {
    const { next } = await page('limit=1')
    const { status, body } = await platform.call('GET', `/v1/vms?sort=cpus&cursor=${next}`)
    expect(status).toBe(400)
    expect(body['message']).toContain('in this order')
  })
})

test('images, tasks, hosts, datastores and tokens are lists of the same kind', async () => {
  await platform.call('POST', '/v1/tokens', { body: { name: 'ci' } })
  expect(await page('search=mic', '/v1/images')).toMatchObject({ total: 1, items: [{ name: 'micro' }] })
  expect(await page('name=simulated', '/v1/hosts')).toMatchObject({ total: 1 })
  expect(await page('', '/v1/datastores')).toMatchObject({ items: [{ name: 'simulated-local' }] })
  expect(await page('name=CI', '/v1/tokens')).toMatchObject({ items: [{ name: 'ci' }] })
  const tasks = await page('action=vmCreate&limit=2', '/v1/tasks')
  expect(tasks).toMatchObject({ total: 6, items: [{ action: 'vmCreate' }, { action: 'vmCreate' }] })
  const begun = (await page('', '/v1/tasks')).items as unknown as { startedAt: string }[]
  expect(begun.map(({ startedAt }) => startedAt)).toEqual(
    begun
      .map(({ startedAt }) => startedAt)
      .sort()
      .reverse(),
  )
})

test('a page names the place in the stream from which nothing is missed', async () => {
  const { revision } = await page('')
  const answer = await platform.call('GET', `/v1/events?since=${revision}x`)
  expect(answer.status).toBe(400)
  expect(revision).toMatch(/^[\w-]+\.\d+$/)
})
