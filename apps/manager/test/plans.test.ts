import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Answer, Platform } from './platform.ts'

let platform: Platform
beforeEach(async () => {
  platform = await Platform.start()
})
afterEach(() => platform[Symbol.asyncDispose]())

interface Told {
  readonly allowed: boolean
  readonly effects: readonly { readonly effect: string; readonly message: string; readonly when: string }[]
  readonly blockers: readonly { readonly reason: string; readonly fix?: Fix }[]
  readonly warnings: readonly { readonly warning: string }[]
}
interface Fix {
  readonly method: string
  readonly path: string
  readonly body?: object
}

async function plan(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Told> {
  const before = platform.manager?.parts.documents.vms.cache.revision
  const mark = path.includes('?') ? '&' : '?'
  const answer = await platform.call(method, `${path}${mark}plan=true`, { body, headers })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  expect(platform.manager?.parts.documents.vms.cache.revision, 'a plan changes nothing').toBe(before)
  return answer.body as unknown as Told
}

const reasons = ({ blockers }: Told) => blockers.map(({ reason }) => reason)
const carryOut = (fix: Fix | undefined, query = ''): Promise<Answer> =>
  platform.call(fix?.method ?? '', `${fix?.path}${query}`, { body: fix?.body })

/** What archiving still writes is no part of the plan. */
const settle = () => platform.call('GET', '/v1/history')

test('of a creation: what is made, what should be known, and every reason against it with its fix', async () => {
  await platform.vm('web', { forwards: [{ protocol: 'tcp', bind: 'loopback', hostPort: 2222, guestPort: 22 }] })
  await settle()
  const imageId = await platform.imageId()
  const forwards = [{ protocol: 'tcp', bind: 'any', hostPort: 2222, guestPort: 22 }]
  const body = { name: 'WEB', imageId, diskMib: 1, accelerator: 'kvm', forwards }
  const told = await plan('POST', '/v1/vms', body)
  expect(told.allowed).toBe(false)
  expect(reasons(told).sort()).toEqual(['disk_too_small', 'kvm_unavailable', 'name_taken', 'port_taken'])
  expect(told.warnings).toMatchObject([{ warning: 'forward_open' }])
  const name = told.blockers.find(({ reason }) => reason === 'name_taken')?.fix
  expect(name).toMatchObject({ method: 'POST', path: '/v1/vms', body: { ...body, name: 'WEB-2' } })

  const good = await plan('POST', '/v1/vms', { name: 'db', imageId, disks: [{ sizeMib: 64 }], start: true })
  expect(good).toMatchObject({ allowed: true, blockers: [], warnings: [{ warning: 'runs_by_translation' }] })
  expect(good.effects.map(({ effect }) => effect)).toEqual(['vm_created', 'disk_overlay', 'disk_empty', 'vm_started'])
  expect(good.effects[0]).toMatchObject({ when: 'now', message: expect.stringContaining('"db"') })
})

test('a fix carried out makes the refused change possible', async () => {
  const vmId = await platform.vm('web', { start: true })
  await settle()
  const before = await plan('DELETE', `/v1/vms/${vmId}`)
  expect(reasons(before)).toEqual(['vm_state'])
  expect(before.effects.map(({ effect }) => effect)).toEqual(['vm_recycled'])
  const [blocker] = before.blockers
  expect(await carryOut(blocker?.fix, '?wait=10')).toMatchObject({ body: { state: 'succeeded' } })
  expect(await plan('DELETE', `/v1/vms/${vmId}`)).toMatchObject({ allowed: true })
  expect((await platform.call('DELETE', `/v1/vms/${vmId}?wait=10`)).body).toMatchObject({ state: 'succeeded' })
})

test('who plans a change and who makes it are refused for the same reasons', async () => {
  const vmId = await platform.vm('web', { start: true })
  const other = await platform.vm('db')
  await settle()
  const imageId = await platform.imageId()
  const stale = { 'if-match': 'x.1' }
  const attempts: [string, string, unknown?, Record<string, string>?][] = [
    ['POST', `/v1/vms/${vmId}/actions/start`],
    ['DELETE', `/v1/vms/${vmId}`],
    ['POST', `/v1/vms/${other}/actions/stop`, {}],
    ['POST', `/v1/vms/${other}/actions/reset`],
    ['PATCH', `/v1/vms/${other}`, { name: 'web' }, stale],
    ['DELETE', `/v1/images/${imageId}`],
    ['POST', '/v1/vms', { name: 'web' }],
  ]
  for (const [method, path, body, headers = {}] of attempts) {
    const told = await plan(method, path, body, headers)
    const done = await platform.call(method, path, { body, headers })
    expect(told.allowed, path).toBe(false)
    expect(done.status, path).toBeGreaterThanOrEqual(400)
    expect((done.body['blockers'] as { reason: string }[]).map(({ reason }) => reason)).toEqual(reasons(told))
  }
})

test('of an edit: each field that changes, or that nothing does', async () => {
  const vmId = await platform.vm('web')
  await settle()
  const { revision } = (await platform.call('GET', `/v1/vms/${vmId}`)).body
  const headers = { 'if-match': String(revision) }
  const told = await plan('PATCH', `/v1/vms/${vmId}`, { name: 'www', notes: 'front' }, headers)
  expect(told.effects.map(({ message }) => message)).toEqual([
    'name changes from "web" to "www".',
    'notes changes from "" to "front".',
  ])
  expect(await plan('PATCH', `/v1/vms/${vmId}`, {}, headers)).toMatchObject({
    allowed: true,
    effects: [{ effect: 'nothing_changes' }],
  })
})

test('of a force: the waiting stop that it ends is named first', async () => {
  const vmId = await platform.vm('web', { start: true })
  await settle()
  const told = await plan('POST', `/v1/vms/${vmId}/actions/stop`, { mode: 'force' })
  expect(told.effects.map(({ effect }) => effect)).toEqual(['vm_ended'])
})

test('a silent host is a warning: the work waits for it', async () => {
  const vmId = await platform.vm('web')
  await settle()
  await platform.stopAgent()
  await expect
    .poll(async () => (await platform.call('GET', `/v1/vms/${vmId}`)).body['hostReachable'], { timeout: 10_000 })
    .toBe(false)
  const told = await plan('POST', `/v1/vms/${vmId}/actions/start`)
  expect(told).toMatchObject({ allowed: true, warnings: [{ warning: 'host_silent' }] })
})

test('of an upload, without sending a byte', async () => {
  await settle()
  expect(await plan('POST', '/v1/images?name=debian&kind=disk')).toMatchObject({
    allowed: true,
    effects: [{ effect: 'image_added' }],
  })
  expect(reasons(await plan('POST', '/v1/images?name=Micro'))).toEqual(['name_taken'])
})
