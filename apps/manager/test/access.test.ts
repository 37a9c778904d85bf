import { request } from 'node:https'
import { createConnection } from 'node:net'
import { ROUTES, type Route } from '@viv/api'
import { foldersOf } from '@viv/common'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Answer, Platform } from './platform.ts'

let platform: Platform
beforeAll(async () => {
  platform = await Platform.start()
})
afterAll(() => platform[Symbol.asyncDispose]())

/** Over TLS, as anybody on the network comes. */
function overNetwork(
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const text = body === undefined ? undefined : JSON.stringify(body)
  const type = text === undefined ? {} : { 'content-type': 'application/json' }
  const url = new URL(path, platform.manager!.url)
  const sent = request(
    url,
    { method, rejectUnauthorized: false, agent: false, headers: { ...type, ...headers } },
    (response) => {
      let answer = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        answer += chunk
      })
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: answer === '' ? {} : JSON.parse(answer) }),
      )
    },
  )
  sent.on('error', reject)
  sent.end(text)
  return promise
}

const bearer = (secret: unknown) => ({ authorization: `Bearer ${String(secret)}` })
const closed = (Object.values(ROUTES) as Route[]).filter(
  (route) => route.permission !== 'public' && route.isWebSocket !== true,
)

test.each(closed)('$operation is refused without a session', async (route) => {
  const path = route.path.replace(/:(\w+)/g, '11111111-1111-4111-8111-111111111111')
  expect(await overNetwork(route.method, path)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
  expect(await overNetwork(route.method, path, undefined, bearer('vivs_wrong'))).toMatchObject({ status: 401 })
})

test('logs in with the password of the first start, and out again', async () => {
  const wrong = { userName: 'admin', password: 'wrong' }
  expect(await overNetwork('POST', '/v1/sessions', wrong)).toMatchObject({
    status: 401,
    body: { code: 'unauthenticated' },
  })
  const right = { userName: 'admin', password: platform.manager!.firstPassword }
  const { status, body } = await overNetwork('POST', '/v1/sessions', right)
  expect(status).toBe(201)
  expect((await overNetwork('GET', '/v1/vms', undefined, bearer(body['token']))).status).toBe(200)
  expect((await overNetwork('DELETE', '/v1/sessions/current', undefined, bearer(body['token']))).status).toBe(204)
  expect((await overNetwork('GET', '/v1/vms', undefined, bearer(body['token']))).status).toBe(401)
})

test('a token works until it is taken back, and its secret is told once', async () => {
  const { body: token } = await platform.call('POST', '/v1/tokens', { body: { name: 'ci', days: 1 } })
  expect((await overNetwork('GET', '/v1/vms', undefined, bearer(token['secret']))).status).toBe(200)
  const { body: list } = await platform.call('GET', '/v1/tokens')
  expect(JSON.stringify(list)).not.toContain(token['secret'])
  await platform.call('DELETE', `/v1/tokens/${String(token['id'])}`)
  expect((await overNetwork('GET', '/v1/vms', undefined, bearer(token['secret']))).status).toBe(401)
})

test('a new password for the administrator can be made on the server only, and ends old sessions', async () => {
  const { body: token } = await platform.call('POST', '/v1/tokens', { body: { name: 'reset' } })
  expect(await overNetwork('POST', '/v1/admin/password', undefined, bearer(token['secret']))).toMatchObject({
    status: 403,
  })
  const { body } = await platform.call('POST', '/v1/admin/password')
  const login = { userName: body['userName'], password: body['password'] }
  expect((await overNetwork('POST', '/v1/sessions', login)).status).toBe(201)
})

test("a web page of another site can't act through the browser", async () => {
  const { body: token } = await platform.call('POST', '/v1/tokens', { body: { name: 'page' } })
  const headers = { ...bearer(token['secret']), origin: 'https://evil.example' }
  expect(await overNetwork('GET', '/v1/vms', undefined, headers)).toMatchObject({
    status: 403,
    body: { code: 'forbidden' },
  })
})

test('guessing passwords is slowed down', async () => {
  const guess = () => overNetwork('POST', '/v1/sessions', { userName: 'admin', password: 'guess' })
  const codes: unknown[] = []
  for (let tries = 0; tries < 8; tries++) codes.push((await guess()).body['code'])
  expect(codes).toContain('too_many_requests')
})

test('a console that is refused to somebody who has just left harms nobody', async () => {
  const path = '/v1/vms/11111111-1111-4111-8111-111111111111/serial'
  const head = `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`
  for (let round = 0; round < 100; round++) {
    const socket = createConnection({ path: foldersOf(platform.folder).apiSocket })
    await new Promise((resolve) => socket.once('connect', resolve))
    await new Promise((resolve) => socket.write(head, resolve))
    socket.destroy()
  }
  expect((await platform.call('GET', '/v1/vms')).status).toBe(200)
})

test('a burst of guesses does not pass while the first is being checked', async () => {
  const guess = () => overNetwork('POST', '/v1/sessions', { userName: 'admin', password: 'burst' })
  const codes = (await Promise.all(Array.from({ length: 20 }, guess))).map(({ body }) => body['code'])
  expect(codes.filter((code) => code === 'too_many_requests').length).toBeGreaterThan(10)
})

test('writes no password, token or secret into its log', () => {
  expect(platform.problems.join('\n')).not.toContain(platform.manager!.firstPassword)
})
