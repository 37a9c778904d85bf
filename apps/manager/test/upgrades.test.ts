import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { foldersOf, HOST_FORMATS, type JsonObject } from '@viv/common'
import { afterEach, expect, test } from 'vitest'
import { startManager } from '../src/manager.ts'
import { type DocumentFormats, DOCUMENT_FORMATS, DOCUMENT_KINDS } from '../src/store/documents.ts'
import { SqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import { configOf, FLEET, MUCH_NEWER, NEWER } from './newer-version.ts'
import { callSocket, Platform, until } from './platform.ts'

let platform: Platform | undefined
afterEach(async () => {
  await platform?.[Symbol.asyncDispose]()
  platform = undefined
})

/** Another version of the product is started on the same data. */
async function restartAs(version: string, formats: DocumentFormats, hostFormats = HOST_FORMATS): Promise<void> {
  await platform!.stopManager()
  platform!.version = version
  platform!.hooks = { formats, hostFormats }
  await platform!.startManager()
  await platform!.untilHostKnown()
}

/** Everything in the store, as it lies there. */
async function stored(folder: string): Promise<Record<string, readonly JsonObject[]>> {
  const store = await SqliteStore.open(join(foldersOf(folder).managerData, 'store.db'))
  try {
    const lists = await Promise.all(DOCUMENT_KINDS.map((kind) => store.list(kind)))
    return Object.fromEntries(
      lists.map(({ documents }, at) => [DOCUMENT_KINDS[at], documents.map(({ value }) => value)]),
    )
  } finally {
    await store.close()
  }
}
const vmsStored = async (folder: string) => (await stored(folder))['vm'] ?? []

const host = async () =>
  ((await platform!.call('GET', '/v1/hosts')).body['items'] as Record<string, unknown>[])[0] ?? {}
const get = async () => (await platform!.call('GET', '/v1/upgrade')).body
const finish = (query = '') => platform!.call('POST', `/v1/upgrade/actions/finish${query}`)
const show = async (vmId: string) => (await platform!.call('GET', `/v1/vms/${vmId}`)).body
async function rename(vmId: string, body: object) {
  const headers = { 'if-match': String((await show(vmId))['revision']) }
  expect(await platform!.call('PATCH', `/v1/vms/${vmId}`, { body, headers })).toMatchObject({ status: 200 })
}

test('until an upgrade is finished the version before reads all that the newer one has written', async () => {
  platform = await Platform.start()
  const web = await platform.vm('web')
  await restartAs('0.2.0', NEWER)
  const formats = [{ kind: 'vm', written: 1, newest: 2 }]
  expect(await get()).toMatchObject({ version: '0.2.0', state: 'unfinished', formats, left: 0, hosts: [] })
  const db = await platform.vm('db', { start: true })
  await rename(web, { name: 'shop', notes: 'by the newer one' })
  await restartAs('0.1.0', DOCUMENT_FORMATS)
  expect(await show(web)).toMatchObject({ name: 'shop', notes: 'by the newer one', state: 'stopped' })
  expect(await show(db)).toMatchObject({ name: 'db', state: 'running' })
  await rename(web, { notes: 'by the older one' })
  await platform.stopManager()
  for (const vm of await vmsStored(platform.folder)) expect(vm).toMatchObject({ version: 1, name: expect.any(String) })
  await restartAs('0.2.0', NEWER)
  expect(await show(web)).toMatchObject({ name: 'shop', notes: 'by the older one' })
})

test('a finished upgrade has everything written anew, and the version before says why it does not start', async () => {
  platform = await Platform.start()
  const vmId = await platform.vm('web', { start: true })
  await restartAs('0.2.0', NEWER)
  const plan = await finish('?plan=true')
  expect(plan.body).toMatchObject({
    allowed: true,
    effects: [{ effect: 'upgrade_finished', facts: { version: '0.2.0', kinds: 'vm' } }, { effect: 'not_taken_back' }],
  })
  expect(await get()).toMatchObject({ state: 'unfinished' })
  expect((await finish()).body).toMatchObject({ version: '0.2.0', formats: [], lastFinished: { version: '0.2.0' } })
  await until(async () => (await get())['state'] === 'finished')
  expect(await get()).toMatchObject({ left: 0 })
  await rename(vmId, { notes: 'afterwards' })
  await platform.vm('db')
  await platform.stopManager()
  const before = await stored(platform.folder)
  expect(before['vm']).toHaveLength(2)
  for (const vm of before['vm'] ?? []) {
    expect(vm).toMatchObject({ version: 2, title: expect.any(String) })
    expect(vm).not.toHaveProperty('name')
  }
  const older = restartAs('0.1.0', DOCUMENT_FORMATS)
  await expect(older).rejects.toThrow(
    /upgrade of this installation to version 0\.2\.0 was finished on 20.*, and version 0\.1\.0 cannot read .*\(vm: format 2\)\. Nothing was changed\. Start version 0\.2\.0 or a newer one again/,
  )
  expect(await stored(platform.folder)).toEqual(before)
  await restartAs('0.2.0', NEWER)
  expect(await show(vmId)).toMatchObject({ name: 'web', notes: 'afterwards', state: 'running' })
})

test('what was on its way to the store as the upgrade was finished is rewritten too', async () => {
  platform = await Platform.start()
  const vmId = await platform.vm('web')
  await restartAs('0.2.0', NEWER)
  const { store, documents } = platform.manager!.parts
  const late = documents.vms.write(vmId, { ...documents.vms.get(vmId).value, notes: 'late' })
  expect(late).toMatchObject({ value: { version: 1 } })
  await finish()
  await store.transaction({ writes: [late] })
  await until(async () => (await show(vmId))['notes'] === 'late' && (await get())['state'] === 'finished')
  await platform.stopManager()
  expect(await vmsStored(platform.folder)).toMatchObject([{ version: 2, title: 'web', notes: 'late' }])
})

test('where no document is written otherwise there is nothing to finish, and that is what is said', async () => {
  platform = await Platform.start()
  await platform.vm('web')
  expect(await get()).toMatchObject({ version: 'test', state: 'finished', formats: [], left: 0, hosts: [] })
  const effects = [{ effect: 'upgrade_nothing_left', facts: { version: 'test' } }]
  expect((await finish('?plan=true')).body).toMatchObject({ allowed: true, effects })
  const { revision } = platform.manager!.parts.documents.vms.cache
  expect((await finish()).body).toMatchObject({ state: 'finished' })
  expect(platform.manager!.parts.documents.vms.cache.revision).toBe(revision)
})

test('hosts are told to write otherwise once the upgrade is finished: those that answer, can do it, and do not yet', async () => {
  const hostFormats = { 'vm.json': 2 }
  platform = await Platform.start({ formats: { 'vm.json': 1 } })
  const writes = () => platform!.agent?.host.world.versions.get('vm.json')
  await restartAs('0.2.0', {}, hostFormats)
  expect(await get()).toMatchObject({ state: 'unfinished', formats: [{ kind: 'vm.json', written: 1, newest: 2 }] })
  await finish()
  // It is of the version before still, and cannot.
  await platform.vm('web')
  expect(await get()).toMatchObject({ state: 'finished', formats: [], hosts: [] })
  expect(writes()).toBeUndefined()
  await platform.stopAgent()
  await platform.startAgent('agent', { formats: hostFormats })
  await until(() => writes() === 2)
  await until(async () => (await get())['hosts'] !== undefined && ((await get())['hosts'] as string[]).length === 0)
  // A simulated host forgets it with its end: silent it is late, and it is told again when it answers.
  await platform.stopAgent()
  await platform.startAgent('agent', { formats: hostFormats })
  await until(() => writes() === 2)
  await expect(restartAs('0.1.0', DOCUMENT_FORMATS)).rejects.toThrow('(vm.json: format 2)')
})

test('a host that is silent as the upgrade is finished is named, and told when it answers', async () => {
  const hostFormats = { 'vm.json': 2 }
  platform = await Platform.start({ formats: hostFormats }, { hostFormats: { 'vm.json': 1 } })
  await restartAs('0.2.0', {}, hostFormats)
  await platform.stopAgent()
  await until(async () => (await host())['isReachable'] === false)
  expect((await finish()).body).toMatchObject({ state: 'finished', hosts: ['simulated'] })
  await platform.stopManager()
  await platform.startManager()
  expect(await get()).toMatchObject({ hosts: ['simulated'] })
  await platform.startAgent()
  await until(async () => ((await get())['hosts'] as string[]).length === 0)
  expect(platform.agent!.host.world.versions.get('vm.json')).toBe(2)
})

test('a version that is two behind is refused with the way between them; a new installation is written in the newest way', async () => {
  platform = await Platform.start()
  await platform.vm('web')
  await expect(restartAs('0.3.0', MUCH_NEWER)).rejects.toThrow(
    /of a version too long before 0\.3\.0 \(vm: format 1, and 2 is the oldest that is read\).*Start the versions between first/,
  )
  await platform[Symbol.asyncDispose]()
  platform = await Platform.start({}, { formats: NEWER })
  await platform.vm('web')
  expect(await get()).toMatchObject({ state: 'finished', lastFinished: { version: 'test' } })
  await restartAs('0.3.0', MUCH_NEWER)
  expect(await get()).toMatchObject({ state: 'unfinished', formats: [{ kind: 'vm', written: 2, newest: 3 }] })
  await platform.stopManager()
  expect(await vmsStored(platform.folder)).toMatchObject([{ version: 2, title: 'web' }])
  await expect(restartAs('0.1.0', DOCUMENT_FORMATS)).rejects.toThrow('cannot read what is stored since')
})

test('killed in the midst of rewriting, the next manager goes on with it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'viv-finish-'))
  const log = () => undefined
  try {
    await (await startManager(configOf(folder, '0.1.0'), log))[Symbol.asyncDispose]()
    const process_ = join(import.meta.dirname, 'finish.test-process.ts')
    const child = spawn(process.execPath, [process_, folder, '3'], { stdio: 'inherit' })
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])
    const versions = (await vmsStored(folder)).map(({ version }) => version)
    expect([versions.filter((one) => one === 1).length, versions.filter((one) => one === 2).length]).toEqual([140, 60])
    await expect(startManager(configOf(folder, '0.1.0'), log)).rejects.toThrow('to version 0.2.0 was finished')
    await using manager = await startManager(configOf(folder, '0.2.0'), log, { formats: NEWER })
    const upgrade = async () => (await callSocket(foldersOf(folder).apiSocket, 'GET', '/v1/upgrade', {})).body
    await until(async () => (await upgrade())['state'] === 'finished')
    expect(manager.parts.documents.vms.list()).toHaveLength(FLEET.vms)
  } finally {
    await rm(folder, { recursive: true })
  }
})
