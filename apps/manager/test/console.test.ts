import { mkdir, writeFile } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { request } from 'node:https'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { Platform } from './platform.ts'

/** Access for a browser: the cookie, where it may come from, and the files of the console. */
let platform: Platform
beforeAll(async () => {
  platform = await Platform.start()
})
afterAll(() => platform[Symbol.asyncDispose]())

interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
  readonly body: Record<string, unknown>
}

/** As a browser sends: over TLS, with what it is told to send. */
function send(method: string, path: string, headers: Record<string, string> = {}, body?: object): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>()
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  const options = { method, rejectUnauthorized: false, agent: false, headers: { ...type, ...headers } }
  const sent = request(new URL(path, platform.manager!.url), options, (response) => {
    const parts: Buffer[] = []
    response.on('data', (part: Buffer) => parts.push(part))
    response.on('end', () => {
      const bytes = Buffer.concat(parts)
      const isJson = response.headers['content-type']?.startsWith('application/json') === true && bytes.length > 0
      const parsed = isJson ? (JSON.parse(bytes.toString()) as Record<string, unknown>) : {}
      resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes, body: parsed })
    })
  })
  sent.on('error', reject)
  sent.end(body === undefined ? undefined : JSON.stringify(body))
  return promise
}

const ours = (): string => platform.manager!.url

async function logIn(): Promise<string> {
  const { body } = await platform.call('POST', '/v1/admin/password')
  const login = { userName: body['userName'], password: body['password'], keepIn: 'cookie' }
  const { status, headers, body: session } = await send('POST', '/v1/sessions', { origin: ours() }, login)
  expect(status).toBe(201)
  expect(session).toMatchObject({ userName: 'admin' })
  expect(session).not.toHaveProperty('token')
  return headers['set-cookie']![0]!
}

const pairOf = (setCookie: string): string => setCookie.split(';')[0]!

describe('a session in a cookie', () => {
  test('is kept where no script reads it, and let in by it', async () => {
    const setCookie = await logIn()
    expect(setCookie).toMatch(/^__Host-viv=vivs_[\w-]+; Path=\/; Secure; HttpOnly; SameSite=Strict; Expires=/)
    const cookie = `theme=dark; ${pairOf(setCookie)}`
    expect((await send('GET', '/v1/sessions/current', { cookie })).body).toMatchObject({ userName: 'admin' })
    expect((await send('GET', '/v1/sessions/current', { cookie: '__Host-viv=vivs_wrong' })).status).toBe(401)
  })

  test('changes something only for a page of ours', async () => {
    const cookie = pairOf(await logIn())
    const make = (headers: Record<string, string>) => send('POST', '/v1/tokens', headers, { name: 'page' })
    const missing = await make({ cookie })
    expect(missing).toMatchObject({ status: 403, body: { blockers: [{ reason: 'origin_missing' }] } })
    const foreign = await make({ cookie, origin: 'https://evil.example' })
    expect(foreign).toMatchObject({ status: 403, body: { blockers: [{ reason: 'foreign_origin' }] } })
    expect((await send('GET', '/v1/tokens', { cookie })).body['items']).toEqual([])
    expect((await make({ cookie, origin: ours() })).status).toBe(201)
  })

  test('opens a console only for a page of ours', async () => {
    const cookie = pairOf(await logIn())
    const path = `${ours().replace('https', 'wss')}/v1/vms/11111111-1111-4111-8111-111111111111/serial`
    const open = async (headers: Record<string, string>): Promise<number> => {
      const socket = new WebSocket(path, { headers, rejectUnauthorized: false })
      const status = await new Promise<number>((resolve, reject) => {
        socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
        socket.once('open', () => reject(new Error('it opened')))
      })
      socket.on('error', () => undefined).terminate()
      return status
    }
    expect(await open({ cookie })).toBe(403)
    expect(await open({ cookie, origin: 'https://evil.example' })).toBe(403)
    // Let in: and there is no such VM.
    expect(await open({ cookie, origin: ours() })).toBe(404)
  })

  test('ends with the logout, here and in the browser', async () => {
    const cookie = pairOf(await logIn())
    expect((await send('DELETE', '/v1/sessions/current', { cookie })).status).toBe(403)
    const { status, headers } = await send('DELETE', '/v1/sessions/current', { cookie, origin: ours() })
    expect(status).toBe(204)
    expect(headers['set-cookie']![0]).toMatch(/^__Host-viv=; .*Max-Age=0$/)
    expect((await send('GET', '/v1/sessions/current', { cookie })).status).toBe(401)
  })

  test('gives way to a token that is sent beside it', async () => {
    const cookie = pairOf(await logIn())
    expect((await send('GET', '/v1/vms', { cookie, authorization: 'Bearer vivt_wrong' })).status).toBe(401)
  })
})

describe('the console', () => {
  const PAGE = '<!doctype html><title>Vivarium</title>'
  const SCRIPT = `export const words = "${'long '.repeat(400)}"`
  const page = { accept: 'text/html,application/xhtml+xml' }

  test('says so where it is not built', async () => {
    const refused = await send('GET', '/', page)
    expect(refused).toMatchObject({ status: 404, body: { blockers: [{ reason: 'console_not_built' }] } })
    expect((await send('GET', '/v1/nothing', page)).body).toMatchObject({ blockers: [{ reason: 'no_such_route' }] })
  })

  test('is served once it is built', async () => {
    const folder = join(platform.folder, 'console')
    await mkdir(join(folder, 'assets'), { recursive: true })
    await writeFile(join(folder, 'index.html'), PAGE)
    await writeFile(join(folder, 'assets/index-1a2b.js'), SCRIPT)
    await writeFile(join(folder, 'assets/index-1a2b.js.gz'), gzipSync(SCRIPT))
    await platform.stopManager()
    await platform.startManager()
    expect((await send('GET', '/')).bytes.toString()).toBe(PAGE)
    expect((await send('GET', '/assets/index-1a2b.js')).bytes.toString()).toBe(SCRIPT)
    const small = await send('GET', '/assets/index-1a2b.js', { 'accept-encoding': 'gzip, br' })
    expect(small.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(small.bytes).toString()).toBe(SCRIPT)
  })

  test('stands at each of its pages, never below the API or for a file that is not there', async () => {
    expect((await send('GET', '/vms/11111111-1111-4111-8111-111111111111', page)).bytes.toString()).toBe(PAGE)
    for (const path of ['/v1', '/v1/nothing', '/v1/../v1/x'])
      expect((await send('GET', path, page)).body, path).toMatchObject({ code: 'not_found' })
    expect((await send('GET', '/assets/gone.js', { accept: '*/*' })).status).toBe(404)
    expect((await send('POST', '/vms', { ...page, origin: ours() }, {})).status).toBe(404)
  })

  test.each(['/../store.db', '/%2e%2e/store.db', '/assets/../../store.db', '/index.html.gz'])(
    'gives no file that is not of it: %s',
    async (path) => expect((await send('GET', path)).status).toBe(404),
  )

  test('runs our own files alone, is framed by nobody, and is kept only where its name says its content', async () => {
    const { headers } = await send('GET', '/', page)
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("script-src 'self';")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).toContain("default-src 'none'")
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' })
    const script = await send('GET', '/assets/index-1a2b.js')
    expect(script.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
    })
  })
})
