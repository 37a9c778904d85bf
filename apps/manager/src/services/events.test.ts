import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Caller } from '../auth/caller.ts'
import { EVENT_KINDS } from '../domain/event.ts'
import { StoreCache } from '../store/cache.ts'
import { DOCUMENT_KINDS, type Documents, openDocuments } from '../store/documents.ts'
import { SqliteStore } from '../store/sqlite/sqlite-store.ts'
import { tokenEncode } from '../store/tokens.ts'
import { EventService } from './events.ts'

/** A store that forgets soon: what a reader was away for is then not known any more. */
const LOG_TRANSACTIONS = 5

const CALLER: Caller = { userName: 'admin', isLocal: false, isAdministrator: true }
let folder: string
let store: SqliteStore
let cache: StoreCache
let documents: Documents
let events: EventService
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viv-events-'))
  await start()
})
afterEach(async () => {
  await stop()
  await rm(folder, { recursive: true, force: true })
})

async function start(): Promise<void> {
  const log = { maxTransactions: LOG_TRANSACTIONS, maxAgeMs: 3_600_000 }
  store = await SqliteStore.open(join(folder, 'store.db'), { log })
  cache = await StoreCache.open(store, DOCUMENT_KINDS)
  documents = openDocuments(cache)
  const view = (id: string) => documents.hosts.find(id)?.value
  events = new EventService({ store, documents }, { vm: view, image: view, task: view, host: view })
}

async function stop(): Promise<void> {
  events.close()
  await cache.close()
  await store.close()
}

async function rename(name: string): Promise<number> {
  const host = { name, agentVersion: '', facts: {}, seenAt: '' } as never
  const { revision } = await store.transaction({ writes: [documents.hosts.write('h1', host)] })
  await cache.waitFor(revision)
  return revision
}

/** Everything that a reader is told, until it holds. */
async function read(since: string | undefined, isEnough: (text: string) => boolean): Promise<string> {
  const stop = new AbortController()
  let text = ''
  const { promise, resolve } = Promise.withResolvers<void>()
  const send = (chunk: string | Buffer): boolean => {
    text += String(chunk)
    if (isEnough(text)) resolve()
    return true
  }
  const stream = events.open(CALLER, { since, kinds: new Set(EVENT_KINDS), ids: undefined })
  const ended = stream({ send, ready: () => Promise.resolve() }, stop.signal)
  const late = setTimeout(resolve, 5_000)
  await promise
  clearTimeout(late)
  stop.abort()
  await ended
  return text
}

test('a reader that was away for more than is kept is told to start over, and goes on from now', async () => {
  const early = await rename('first')
  for (let at = 0; at < 50; at++) await rename(`host-${at}`)
  // What a running manager still has in memory is known; what only its log had is not.
  await stop()
  await start()
  const text = await read(tokenEncode(store.epoch, early), (told) => told.includes('start_over'))
  expect(text).toContain('event: start_over')
  expect(text).not.toContain('host-7"')
  const from = /^id: (\S+)\nevent: start_over/m.exec(text)?.[1]
  expect(from).toBe(tokenEncode(store.epoch, cache.revision))
  const more = read(from, (told) => told.includes('after'))
  await rename('after')
  expect(await more).toContain('"after"')
})

test('a reader that was away for less is told every transaction', async () => {
  const early = await rename('first')
  for (const name of ['a', 'b', 'c']) await rename(name)
  const text = await read(tokenEncode(store.epoch, early), (told) => told.split('event: host').length > 3)
  expect(text).not.toContain('start_over')
  expect(text.match(/^id: /gm)).toHaveLength(4)
})

test('changes that come while a reader catches up are told once each', async () => {
  const early = await rename('first')
  for (let at = 0; at < 4; at++) await rename(`before-${at}`)
  const reading = read(tokenEncode(store.epoch, early), (told) => told.includes('meanwhile-9'))
  for (let at = 0; at < 10; at++) await rename(`meanwhile-${at}`)
  const ids = [...(await reading).matchAll(/^id: \S+\.(\d+)\nevent: host/gm)].map(([, id]) => Number(id))
  expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b))
  expect(ids.at(-1)).toBe(cache.revision)
})
