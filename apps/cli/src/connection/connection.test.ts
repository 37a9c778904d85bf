import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Login, Logins } from './logins.ts'
import { isFingerprint, isSameFingerprint } from './pinned-tls.ts'
import { type ChoiceFacts, chooseServer } from './server-choice.ts'
import { parseServer } from './server-url.ts'

test.each([
  ['server', 'https://server:8443', 'server', 8443],
  ['server:9000', 'https://server:9000', 'server', 9000],
  ['https://Server:443/', 'https://server:443', 'server', 443],
  ['https://[::1]:8443', 'https://[::1]:8443', '::1', 8443],
])('%s means %s', (text, url, host, port) => expect(parseServer(text)).toEqual({ url, host, port }))

test.each(['http://server', 'https://', 'https://a/path', 'a b', 'https://user@server'])('%s is no server', (text) => {
  expect(() => parseServer(text)).toThrow()
})

const login = (name: string): Login => ({
  url: `https://${name}:8443`,
  fingerprint: 'AB',
  token: 't',
  userName: 'admin',
})
const facts: ChoiceFacts = {
  server: undefined,
  isRootFolderNamed: false,
  isRoot: false,
  isInstalledHere: false,
  apiSocket: '/api.sock',
  logins: [],
}
const socket = { kind: 'socket', path: '/api.sock' }

test('a server that is named comes before everything, by its saved login', () => {
  const choice = chooseServer({
    ...facts,
    server: 'b',
    isRoot: true,
    isInstalledHere: true,
    logins: [login('a'), login('b')],
  })
  expect(choice).toEqual({ kind: 'login', login: login('b') })
  expect(() => chooseServer({ ...facts, server: 'c', logins: [login('a')] })).toThrow(
    'You are not logged in to https://c:8443',
  )
})

test('root on a server means that server, also where there is a login elsewhere', () => {
  expect(chooseServer({ ...facts, isRoot: true, isInstalledHere: true, logins: [login('a')] })).toEqual(socket)
  expect(chooseServer({ ...facts, isRoot: true })).toEqual(socket)
  expect(chooseServer({ ...facts, isRootFolderNamed: true })).toEqual(socket)
})

test('elsewhere the one login is meant; none or several say what to do', () => {
  expect(chooseServer({ ...facts, logins: [login('a')] })).toEqual({ kind: 'login', login: login('a') })
  expect(chooseServer({ ...facts, isRoot: true, logins: [login('a')] })).toEqual({ kind: 'login', login: login('a') })
  expect(() => chooseServer(facts)).toThrow(
    expect.objectContaining({ tips: [expect.stringContaining('sudo'), expect.stringContaining('viv login')] }),
  )
  expect(() => chooseServer({ ...facts, logins: [login('a'), login('b')] })).toThrow('several servers')
})

test('fingerprints are the same however they are written', () => {
  const hex = 'ab'.repeat(32)
  const colons = Array.from({ length: 32 }, () => 'AB').join(':')
  expect(isSameFingerprint(colons, hex)).toBe(true)
  expect(isSameFingerprint(`SHA256:${hex}`, colons)).toBe(true)
  expect(isSameFingerprint(hex, hex.replace(/b$/, 'c'))).toBe(false)
  expect([hex, colons, hex.slice(2), 'zz'.repeat(32)].map(isFingerprint)).toEqual([true, true, false, false])
})

test('logins are kept for their owner alone, one a server', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'viv-logins-'))
  try {
    const file = join(folder, 'deep', 'logins.json')
    const logins = new Logins(file)
    expect(await logins.list()).toEqual([])
    await logins.save(login('a'))
    await logins.save({ ...login('a'), token: 'new' })
    await logins.save(login('b'))
    expect(await logins.list()).toEqual([{ ...login('a'), token: 'new' }, login('b')])
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    await logins.remove(login('a').url)
    expect(await logins.find(login('a').url)).toBeUndefined()
    await writeFile(file, '{')
    await expect(logins.list()).rejects.toThrow('damaged')
  } finally {
    await rm(folder, { recursive: true })
  }
})
