import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Vm } from '@viv/api'
import { audit } from '../support/audit.ts'
import { deleteAll } from '../support/crash-work.ts'
import { hostReboots, startAgentUntil } from '../support/host-reboot.ts'
import { Installation, until } from '../support/installation.ts'

/** A host that is started again, played: every process killed, /run emptied, another boot id; on real QEMU. */
let viv: Installation
beforeAll(async () => {
  viv = await Installation.create()
})
afterAll(() => viv?.[Symbol.asyncDispose]())
afterEach(() => deleteAll(viv))

const get = (vm: Vm): Promise<Vm> => viv.client.vmGet({ params: { vmId: vm.id } })
const params = (vm: Vm) => ({ params: { vmId: vm.id } })
const hibernate = async (vm: Vm) => viv.follow(await viv.client.vmHibernate(params(vm)))

const vmAt = (name: string, order: number, extra: object = {}): Promise<Vm> =>
  viv.vmCreate(name, { memoryMib: 64, autostart: { enabled: true, order }, ...extra })

async function set(vm: Vm, autostart: object): Promise<Vm> {
  return viv.client.vmUpdate({ ...params(vm), ifMatch: (await get(vm)).revision, body: { autostart } })
}

async function up(): Promise<void> {
  await viv.startAgent()
  await viv.startManager()
  await viv.hostKnown()
}

async function running(...vms: readonly Vm[]): Promise<Vm[]> {
  for (const vm of vms) await until(`${vm.name} runs`, async () => (await get(vm)).state === 'running', 60_000)
  return Promise.all(vms.map(get))
}

/** Those that the agent said it starts, in its order. */
const startedInOrder = (since: number): string[] =>
  viv.words
    .slice(since)
    .join('')
    .split('\n')
    .filter((line) => line.includes('a VM is started with the host'))
    .map((line) => /"name":"([^"]+)"/.exec(line)?.[1] ?? '')

test('those that are meant to start with their host do, in order, and the rest truthfully do not', async () => {
  const last = await vmAt('last', 900, { start: true })
  const first = await vmAt('first', 1)
  const asleep = await vmAt('asleep', 20, { start: true })
  const plain = await viv.vmCreate('plain', { memoryMib: 64, start: true })
  const dreamer = await viv.vmCreate('dreamer', { memoryMib: 64, start: true })
  await hibernate(asleep)
  await hibernate(dreamer)
  const since = viv.words.length
  await hostReboots(viv)
  // The agent alone: nobody asks it, and nobody need be there.
  await viv.startAgent()
  await until('three run', async () => (await viv.qemus()).size === 3, 60_000)
  await viv.startManager()
  await viv.hostKnown()
  const [a, b, c] = await running(first, asleep, last)
  expect(startedInOrder(since)).toEqual(['first', 'asleep', 'last'])
  const startedAt = [a, b, c].map((vm) => vm?.startedAt ?? '')
  expect(startedAt).toEqual([...startedAt].sort())
  expect(await get(plain)).toMatchObject({ state: 'stopped' })
  expect([(await get(plain)).pid, (await get(plain)).exit]).toEqual([undefined, undefined])
  expect(await get(dreamer)).toMatchObject({ state: 'hibernated' })
  expect(await audit(viv)).toEqual([])
  // What slept through the start of the host wakes by hand as well.
  await viv.follow(await viv.client.vmStart(params(dreamer)))
  expect(await get(dreamer)).toMatchObject({ state: 'running' })
  // No turn comes twice: not after a stop, nor with another agent.
  await viv.follow(await viv.client.vmStop({ ...params(first), body: { mode: 'force' } }))
  await viv.kill('agent')
  await viv.startAgent()
  await viv.hostKnown()
  expect(await get(first)).toMatchObject({ state: 'stopped', exit: { cause: 'stopped' } })
  expect((await viv.qemus()).size).toBe(3)
  expect(await audit(viv)).toEqual([])
})

test('a delay keeps the next one waiting, shown as starting; who is started, stopped or taken out by hand is not started again', async () => {
  const front = await vmAt('front', 1)
  await set(front, { delaySeconds: 3600 })
  const [hurried, unwanted, edited, left] = [
    await vmAt('hurried', 2),
    await vmAt('unwanted', 3),
    await vmAt('edited', 4),
    await vmAt('left', 5),
  ]
  await hostReboots(viv)
  await up()
  await running(front)
  const waiting = await get(hurried)
  expect(waiting).toMatchObject({ state: 'starting', startsInTurn: true })
  expect(waiting.allowedActions).toEqual(['start', 'forceStop', 'console', 'edit'])

  await viv.follow(await viv.client.vmStart(params(hurried)))
  const [mine] = await running(hurried)
  const told = await viv.client.plan.vmStop({ ...params(unwanted), body: {} })
  expect(told).toMatchObject({ allowed: true, effects: [{ effect: 'start_cancelled' }] })
  await viv.follow(await viv.client.vmStop({ ...params(unwanted), body: {} }))
  expect(await get(unwanted)).toMatchObject({ state: 'stopped' })
  expect(await set(edited, { enabled: false })).toMatchObject({
    state: 'stopped',
    autostart: { enabled: false, order: 4 },
  })
  expect(await get(edited)).not.toHaveProperty('pending')

  // Another agent keeps the same line, and goes on waiting for the same time.
  await viv.kill('agent')
  await viv.startAgent()
  await viv.hostKnown()
  expect(await get(left)).toMatchObject({ state: 'starting', startsInTurn: true })
  expect([(await get(unwanted)).state, (await get(edited)).state]).toEqual(['stopped', 'stopped'])
  expect(await get(hurried)).toMatchObject({ state: 'running', pid: mine?.pid })
  await viv.follow(await viv.client.vmStop({ ...params(left), body: { mode: 'force' } }))
  expect((await viv.qemus()).size).toBe(2)
  expect(await audit(viv)).toEqual([])
})

test('one that cannot be started says why, and keeps none of the others', async () => {
  const broken = await vmAt('broken', 1, { start: true })
  const good = await vmAt('good', 2)
  await hibernate(broken)
  // Hardware that its saved memory does not fit.
  const { revision } = await get(broken)
  await viv.client.vmUpdate({ ...params(broken), ifMatch: revision, body: { memoryMib: 128 } })
  await hostReboots(viv)
  await up()
  await running(good)
  const failed = await get(broken)
  expect(failed).toMatchObject({ state: 'hibernated', autostartFailure: { reason: 'saved_memory_unusable' } })
  expect(failed.autostartFailure?.message).toContain('viv vm discard broken')
  expect(viv.words.join('')).toContain('a VM could not be started with the host')
  await viv.follow(await viv.client.vmDiscard(params(broken)))
  expect(await get(broken)).not.toHaveProperty('autostartFailure')
  expect(await audit(viv)).toEqual([])
})

test.each(['autostart.before-start', 'autostart.after-start', 'autostart.after-note'])(
  'an agent that dies at %s: the next one goes on, and starts nothing twice',
  async (at) => {
    const vms = [await vmAt('one', 1), await vmAt('two', 2)]
    await hostReboots(viv)
    await startAgentUntil(viv, at)
    const before = await viv.qemus()
    expect(before.size).toBe(at.endsWith('before-start') ? 0 : 1)
    await up()
    await running(...vms)
    const after = await viv.qemus()
    expect(after.size).toBe(2)
    for (const [vmId, pid] of before) expect(after.get(vmId)).toBe(pid)
    expect(await audit(viv)).toEqual([])
  },
)

test('its host knows of an edit as soon as it answers, and starts the VM as it is wanted then', async () => {
  const vm = await viv.vmCreate('late', { memoryMib: 64 })
  await viv.kill('agent')
  await until('the host is silent', async () => !(await get(vm)).hostReachable)
  const edited = await set(vm, { enabled: true, order: 7 })
  expect(edited.pending).toMatchObject([{ path: 'autostart', running: { enabled: false }, wanted: { enabled: true } }])
  // Over a restart of the manager too.
  await viv.kill('manager')
  await up()
  await until('the host was told', async () => (await get(vm)).pending === undefined)
  const { revision } = await get(vm)
  await viv.client.vmUpdate({ ...params(vm), ifMatch: revision, body: { memoryMib: 128 } })
  await hostReboots(viv)
  await viv.startAgent()
  await until('it runs', async () => (await viv.qemus()).size === 1, 60_000)
  await viv.startManager()
  await viv.hostKnown()
  const [started] = await running(vm)
  expect(started).toMatchObject({ hardware: { memoryMib: 128 } })
  expect(started).not.toHaveProperty('pending')
  expect(await audit(viv)).toEqual([])
})
