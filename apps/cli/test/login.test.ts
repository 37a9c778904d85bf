import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ensureCertificate } from '../../manager/src/certificate.ts'
import { Platform } from '../../manager/test/platform.ts'
import { Viv } from './viv.ts'

let platform: Platform
/** On another machine: no folder of an installation is named. */
let viv: Viv

beforeEach(async () => {
  platform = await Platform.start()
  viv = new Viv()
})
afterEach(async () => {
  viv?.[Symbol.dispose]()
  await platform?.[Symbol.asyncDispose]()
})

function logIn() {
  const { url, fingerprint, firstPassword } = platform.manager!
  return viv.run(['login', url, '--fingerprint', fingerprint, '--password-stdin'], `${firstPassword}\n`)
}

const loginsFile = () => join(viv.home, '.config', 'vivarium', 'logins.json')

test('logs in with the fingerprint that was compared, and everything works over TLS', async () => {
  const { url } = platform.manager!
  expect(await logIn()).toMatchObject({ code: 0, stdout: expect.stringContaining(`Logged in to ${url} as admin`) })
  expect((await stat(loginsFile())).mode & 0o777).toBe(0o600)
  const created = await viv.run(['vm', 'create', 'far', '--image', 'micro', '--start', '--server', url])
  expect(created).toMatchObject({ code: 0 })
  expect((await viv.run(['vm', 'list', '--server', url])).stdout).toMatch(/^far +running/m)
})

test('refuses to log in without a fingerprint where nobody can be asked, and sends nothing', async () => {
  const { url, fingerprint, firstPassword } = platform.manager!
  const { code, stderr } = await viv.run(['login', url, '--password-stdin'], String(firstPassword))
  expect(code).toBe(2)
  expect(stderr).toContain(`--fingerprint ${fingerprint}`)
  await expect(stat(loginsFile())).rejects.toThrow('ENOENT')
})

test('refuses a fingerprint that is another one', async () => {
  const { url, firstPassword } = platform.manager!
  const wrong = 'AB'.repeat(32)
  const { code, stderr } = await viv.run(
    ['login', url, '--fingerprint', wrong, '--password-stdin'],
    String(firstPassword),
  )
  expect(code).toBe(3)
  expect(stderr).toContain('Nothing was sent')
})

test('sends not one byte to a server whose certificate has changed', async () => {
  await logIn()
  const { url } = platform.manager!
  await platform.stopManager()
  await using impostor = await startImpostor(Number(new URL(url).port))
  const { code, stderr } = await viv.run(['vm', 'list', '--server', url])
  expect(code).toBe(3)
  expect(stderr).toContain('not the one that you accepted')
  expect(impostor.connections).toBeGreaterThan(0)
  expect(impostor.bytes).toBe(0)
})

/** Another server on that port, which counts what it is told. */
async function startImpostor(port: number) {
  const folder = await mkdtemp(join(tmpdir(), 'viv-impostor-'))
  const heard = { connections: 0, bytes: 0 }
  const server = createServer(await ensureCertificate(folder), (socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      heard.bytes += bytes.length
      socket.destroy()
    })
  })
  server.on('connection', () => void heard.connections++)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    get connections() {
      return heard.connections
    },
    get bytes() {
      return heard.bytes
    },
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

test('a wrong password, no login and an ended login are told apart from other failures', async () => {
  const { url, fingerprint } = platform.manager!
  expect(await viv.run(['vm', 'list', '--server', url])).toMatchObject({
    code: 4,
    stderr: expect.stringContaining(`viv login ${url}`),
  })
  const wrong = await viv.run(['login', url, '--fingerprint', fingerprint, '--password-stdin'], 'wrong')
  expect(wrong).toMatchObject({ code: 4, stderr: expect.stringContaining('wrong') })
  await logIn()
  await platform.call('POST', '/v1/admin/password')
  const ended = await viv.run(['vm', 'list', '--server', url, '-o', 'json'])
  expect(ended.code).toBe(4)
  expect(JSON.parse(ended.stderr)).toMatchObject({ code: 'unauthenticated' })
})

test('logging out ends the session on the server and forgets it here', async () => {
  await logIn()
  const { url } = platform.manager!
  const [{ token }] = JSON.parse(await readFile(loginsFile(), 'utf8')) as [{ token: string }]
  expect(await viv.run(['logout', url])).toMatchObject({ code: 0 })
  expect(JSON.parse(await readFile(loginsFile(), 'utf8'))).toEqual([])
  expect(platform.manager!.parts.documents.sessions.list()).toEqual([])
  expect(token).toMatch(/^vivs_/)
})

test('a new password comes only through the local socket, is shown once, and works', async () => {
  await logIn()
  const { url, fingerprint } = platform.manager!
  const far = await viv.run(['admin', 'reset-password', '--server', url])
  expect(far).toMatchObject({ code: 1, stderr: expect.stringContaining('sudo viv admin reset-password') })
  const { code, stdout } = await viv.run(['admin', 'reset-password', '--root', platform.folder])
  expect(code).toBe(0)
  const login = ['login', url, '--fingerprint', fingerprint, '--password-stdin']
  expect(await viv.run(login, stdout)).toMatchObject({ code: 0 })
})

test('makes, lists and takes back tokens', async () => {
  const root = ['--root', platform.folder]
  const { stdout: secret } = await viv.run(['token', 'create', 'backup', '--days', '1', ...root])
  expect(secret).toMatch(/^vivt_\S+\n$/)
  expect((await viv.run(['token', 'list', ...root])).stdout).toMatch(/^backup +[0-9a-f-]{36} /m)
  expect(await viv.run(['token', 'delete', 'backup', ...root])).toMatchObject({ code: 0 })
  expect((await viv.json(['token', 'list', ...root]))['items']).toEqual([])
})

test('a server that does not answer ends with 3 and says what to do', async () => {
  await logIn()
  const { url } = platform.manager!
  await platform.stopManager()
  expect(await viv.run(['vm', 'list', '--server', url])).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('Nobody listens'),
  })
  const local = await viv.run(['vm', 'list', '--root', platform.folder])
  expect(local).toMatchObject({ code: 3, stderr: expect.stringContaining('viv up') })
})
