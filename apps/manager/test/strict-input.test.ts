import { ROUTES, type Route } from '@viv/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describePackage } from '../../../test/support/package.ts'
import { Platform } from './platform.ts'

let platform: Platform
let vmId: string
beforeAll(async () => {
  platform = await Platform.start()
  vmId = await platform.vm('web')
  // What its history keeps has been archived: nothing changes any more by itself.
  await platform.call('GET', '/v1/history')
})
afterAll(() => platform[Symbol.asyncDispose]())

const all = (Object.values(ROUTES) as Route[]).filter((route) => route.isWebSocket !== true)
const withBody = all.filter((route) => route.method !== 'GET' && route.streams === undefined)
const withParams = all.filter((route) => route.params !== undefined)

const STANDINS: Readonly<Record<string, string>> = { entryId: '1', mac: '52:54:00:00:00:00', part: 'disk-1.qcow2' }

/** The path with ids that exist where the test made some. */
const pathOf = (route: Route): string => route.path.replace(/:(\w+)/g, (_whole, name: string) => STANDINS[name] ?? vmId)

async function wholeState(): Promise<string> {
  const { documents } = platform.manager!.parts
  const { cache } = documents.vms
  const kinds = [documents.vms, documents.images, documents.tasks, documents.tokens, documents.users, documents.claims]
  return JSON.stringify([cache.revision, kinds.map((each) => each.list().map(({ id, revision }) => [id, revision]))])
}

/** A body that the route would take, so that only what the test adds is refused. */
function goodBody(route: Route): Record<string, unknown> {
  switch (route.operation) {
    case 'vmCreate':
    case 'vmClone':
      return { name: 'other' }
    case 'vmAdopt':
      return { package: describePackage('other', new Map([['disk-1.qcow2', Buffer.from('disk')]])) }
    case 'vmDiskAdd':
      return { sizeMib: 8 }
    case 'sessionCreate':
      return { userName: 'admin', password: 'x' }
    case 'tokenCreate':
      return { name: 'ci' }
    case 'vmRevert':
      return { entryId: '1' }
    case 'ticketCreate':
      return { for: 'serial' }
    default:
      return {}
  }
}

const headers = { 'if-match': 'x.1' }

test.each(all)('$operation refuses an unknown parameter, names the nearest, and changes nothing', async (route) => {
  const before = await wholeState()
  const hasWait = Object.keys(route.query?.properties ?? {}).includes('wait')
  const body = route.method === 'GET' || route.streams !== undefined ? {} : { body: goodBody(route) }
  const stream = route.streams === undefined ? {} : { raw: 'x', headers: { 'content-type': route.streams } }
  const known = Object.keys(route.query?.properties ?? {})
  const extra = hasWait ? 'wiat' : 'paln'
  const answer = await platform.call(route.method, `${pathOf(route)}?${extra}=1${route.streams ? '&name=x' : ''}`, {
    headers,
    ...body,
    ...stream,
  })
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  expect(answer.body['message']).toContain(extra)
  const meant = hasWait ? 'wait' : 'plan'
  if (known.includes(meant)) expect(answer.body['message']).toContain(`Did you mean "${meant}"?`)
  expect(await wholeState()).toBe(before)
})

test.each(withBody)('$operation refuses an unknown field and changes nothing', async (route) => {
  const before = await wholeState()
  const answer = await platform.call(route.method, pathOf(route), { headers, body: { ...goodBody(route), nmae: 'x' } })
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  expect(answer.body['message']).toContain('nmae')
  expect(await wholeState()).toBe(before)
})

const typed = withBody.flatMap((route) =>
  Object.keys((route.body as { properties?: object } | undefined)?.properties ?? {}).map((field) => ({
    route,
    field,
    operation: route.operation,
  })),
)
test.each(typed)('$operation refuses a wrongly typed "$field" and changes nothing', async ({ route, field }) => {
  const before = await wholeState()
  for (const wrong of [null, { a: 1 }, -1.5, [[]]]) {
    const answer = await platform.call(route.method, pathOf(route), {
      headers,
      body: { ...goodBody(route), [field]: wrong },
    })
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    expect(answer.body['message']).toContain(field)
  }
  expect(await wholeState()).toBe(before)
})

test.each(withParams)('$operation refuses an id that is none', async (route) => {
  const path = route.path.replace(/:(\w+)/g, 'not-an-id')
  const streamed = { raw: 'x', headers: { 'content-type': route.streams ?? '' } }
  const options = route.method === 'GET' ? { headers } : { headers, body: goodBody(route) }
  expect(await platform.call(route.method, path, route.streams === undefined ? options : streamed)).toMatchObject({
    status: 400,
    body: { code: 'invalid_request' },
  })
})

test('says what is wrong with a body that is no JSON, of another type, or too large', async () => {
  const post = (raw: string, type = 'application/json') =>
    platform.call('POST', '/v1/vms', { raw, headers: { 'content-type': type } })
  expect(await post('{"name":')).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  expect(await post('<vm/>', 'text/xml')).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } })
  expect(await post(`{"name":"${'x'.repeat(2_000_000)}"}`)).toMatchObject({
    status: 413,
    body: { code: 'payload_too_large' },
  })
  expect(await post('[]')).toMatchObject({ status: 400 })
})

test('answers 404 with the way out where there is no route', async () => {
  expect(await platform.call('GET', '/v1/machines')).toMatchObject({ status: 404, body: { code: 'not_found' } })
  expect((await platform.call('GET', '/v1/machines')).body['message']).toContain('/v1/openapi.json')
})
