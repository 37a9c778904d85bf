import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Answer, Platform } from './platform.ts'

let platform: Platform
beforeEach(async () => {
  platform = await Platform.start()
})
afterEach(() => platform[Symbol.asyncDispose]())

interface Entry {
  readonly id: string
  readonly action: string
  readonly name: string
  readonly by: string
  readonly why?: string
  readonly taskId?: string
  readonly isDeleted: boolean
  readonly changes: readonly object[]
}

async function history(query: string): Promise<Entry[]> {
  const { status, body } = await platform.call('GET', `/v1/history?${query}`)
  expect(status, JSON.stringify(body)).toBe(200)
  return body['items'] as Entry[]
}

async function edit(vmId: string, body: object, why = ''): Promise<Answer> {
  const { revision } = (await platform.call('GET', `/v1/vms/${vmId}`)).body
  const query = why === '' ? '' : `?why=${encodeURIComponent(why)}`
  const headers = { 'if-match': String(revision) }
  return platform.call('PATCH', `/v1/vms/${vmId}${query}`, { body, headers })
}

async function revert(vmId: string, entryId: string, extra = ''): Promise<Answer> {
  const { revision } = (await platform.call('GET', `/v1/vms/${vmId}`)).body
  const headers = { 'if-match': String(revision ?? 'x.1') }
  return platform.call('POST', `/v1/vms/${vmId}/actions/revert${extra}`, { body: { entryId }, headers })
}

test('of a VM: who, when, why and what, from its making to after its end', async () => {
  const vmId = await platform.vm('web')
  await edit(vmId, { name: 'www', notes: 'front' }, 'new name of the shop')
  await platform.call('DELETE', `/v1/vms/${vmId}?purge=true&wait=10&why=moved`)
  const [deleted, edited, created, ...rest] = await history(`objectId=${vmId}`)
  expect(rest).toEqual([])
  expect(created).toMatchObject({ action: 'vmCreate', name: 'web', by: 'root', isDeleted: false })
  expect(created?.taskId).toMatch(/^[0-9a-f-]{36}$/)
  expect(edited).toMatchObject({
    action: 'vmUpdate',
    name: 'www',
    why: 'new name of the shop',
    changes: [
      { path: 'name', before: 'web', after: 'www' },
      { path: 'notes', before: '', after: 'front' },
    ],
  })
  expect(deleted).toMatchObject({ action: 'vmDelete', name: 'www', why: 'moved', isDeleted: true })
  const whole = (await platform.call('GET', `/v1/history/${created?.id}`)).body
  expect(whole).toMatchObject({ entry: { id: created?.id }, document: { name: 'web', hardware: { cpus: 1 } } })
})

test('back to what it was: the values of then, as a change of its own', async () => {
  const vmId = await platform.vm('web')
  await edit(vmId, { name: 'www', notes: 'front' })
  const created = (await history(`objectId=${vmId}`)).at(-1) as Entry
  const told = await revert(vmId, created.id, '?plan=true')
  expect(told.body).toMatchObject({
    allowed: true,
    effects: [{ effect: 'field_changed' }, { effect: 'field_changed' }],
  })
  expect(await revert(vmId, created.id, '?why=oops')).toMatchObject({ status: 200, body: { name: 'web', notes: '' } })
  const [newest] = await history(`objectId=${vmId}`)
  expect(newest).toMatchObject({ action: 'vmRevert', why: 'oops', changes: [{ before: 'www' }, { before: 'front' }] })
})

test('back is refused where its name is taken meanwhile, and where the revision is an old one', async () => {
  const vmId = await platform.vm('web')
  await edit(vmId, { name: 'www' })
  await platform.vm('web')
  const created = (await history(`objectId=${vmId}`)).at(-1) as Entry
  expect(await revert(vmId, created.id)).toMatchObject({ status: 409, body: { code: 'already_exists' } })
  const headers = { 'if-match': 'x.1' }
  const body = { entryId: created.id }
  const stale = await platform.call('POST', `/v1/vms/${vmId}/actions/revert`, { body, headers })
  expect(stale).toMatchObject({ status: 412, body: { code: 'conflict' } })
})

test('a VM that is gone does not come back: what is offered is a new one like it', async () => {
  const vmId = await platform.vm('web', { cpus: 3, notes: 'n' })
  await platform.call('DELETE', `/v1/vms/${vmId}?purge=true&wait=10`)
  const created = (await history(`objectId=${vmId}`)).at(-1) as Entry
  const { status, body } = await revert(vmId, created.id)
  expect(status).toBe(404)
  const [blocker] = body['blockers'] as { reason: string; fix: { path: string; body: object } }[]
  expect(blocker).toMatchObject({ reason: 'object_deleted', fix: { body: { name: 'web', cpus: 3, notes: 'n' } } })
  const again = await platform.call('POST', `${blocker?.fix.path}?wait=10`, { body: blocker?.fix.body })
  expect(again.body).toMatchObject({ state: 'succeeded', target: { name: 'web' } })
})

test("another object's entry and one that is none are not found", async () => {
  const web = await platform.vm('web')
  const db = await platform.vm('db')
  const [entry] = await history(`objectId=${db}`)
  expect(await revert(web, entry?.id ?? '')).toMatchObject({ status: 404 })
  expect(await revert(web, '999999')).toMatchObject({ status: 404 })
  expect(await platform.call('GET', '/v1/history/999999')).toMatchObject({ status: 404 })
})

test('an edit that changes nothing leaves no entry, and a creation that failed none either', async () => {
  const vmId = await platform.vm('web')
  expect((await edit(vmId, { name: 'web' })).status).toBe(200)
  expect((await history('')).map(({ action }) => action)).toEqual(['vmCreate'])
})

test('images and tokens have one too; a secret is never in it', async () => {
  const upload = await platform.call('POST', '/v1/images?name=debian&kind=kernel&format=raw', {
    raw: 'kernel',
    headers: { 'content-type': 'application/octet-stream' },
  })
  expect(upload.status).toBe(201)
  await platform.call('DELETE', `/v1/images/${String(upload.body['id'])}?wait=10`)
  const token = (await platform.call('POST', '/v1/tokens?why=ci', { body: { name: 'robot' } })).body
  await platform.call('DELETE', `/v1/tokens/${String(token['id'])}`)
  const all = await history('sort=at')
  expect(all.map(({ action, name }) => `${action} ${name}`)).toEqual([
    'imageUpload debian',
    'imageDelete debian',
    'tokenCreate robot',
    'tokenDelete robot',
  ])
  expect(JSON.stringify(all)).not.toContain(String(token['secret']))
  for (const { id } of all) {
    expect(JSON.stringify((await platform.call('GET', `/v1/history/${id}`)).body)).not.toContain(token['secret'])
  }
})

test('pages, filters and search; what it can not be is refused', async () => {
  for (const name of ['x', 'y', 'z']) await platform.vm(name)
  const first = (await platform.call('GET', '/v1/history?limit=2')).body
  expect(first).toMatchObject({ total: 3, items: [{ name: 'z' }, { name: 'y' }] })
  expect((await history(`limit=2&cursor=${String(first['next'])}`)).map(({ name }) => name)).toEqual(['x'])
  expect((await history('sort=at&search=Y')).map(({ name }) => name)).toEqual(['y'])
  expect(await history('by=nobody')).toEqual([])
  expect(await platform.call('GET', '/v1/history?kind=machine')).toMatchObject({ status: 400 })
  expect(await platform.call('GET', '/v1/history?cursor=x')).toMatchObject({ status: 400 })
})

test('a manager killed before it archived goes on where it was, and no change is kept twice', async () => {
  const vmId = await platform.vm('web')
  // The archive has it, the outbox still says so too: as if killed between the two.
  const { documents, store } = platform.manager!.parts
  const [entry] = await history('')
  const whole = (await platform.call('GET', `/v1/history/${entry?.id}`)).body
  const document = whole['document'] as Record<string, unknown>
  const { id: _id, changes: _changes, ...doc } = whole['entry'] as Record<string, unknown>
  const again = documents.outbox.write(String(doc['taskId']), { ...doc, document } as never)
  await store.transaction({ writes: [again] })
  await platform.stopManager()
  await platform.startManager()
  await edit(vmId, { notes: 'after' })
  expect((await history('')).map(({ action }) => action)).toEqual(['vmUpdate', 'vmCreate'])
  expect(platform.manager!.parts.documents.outbox.list()).toEqual([])
})
