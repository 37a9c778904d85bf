import { GuestAgent, QmpSession } from '@viv/qmp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { foldersOf } from '@viv/common'
import type { Vm } from '@viv/api'
import { audit } from '../support/audit.ts'
import { Installation } from '../support/installation.ts'

let viv: Installation
beforeAll(async () => {
  viv = await Installation.create()
})
afterAll(() => viv?.[Symbol.asyncDispose]())

const get = (vm: Vm): Promise<Vm> => viv.client.vmGet({ params: { vmId: vm.id } })
const socketOf = (vm: Vm, name: string): string => `${foldersOf(viv.root).vmRun}/${vm.id}/io/${name}`

async function remove(vm: Vm): Promise<void> {
  const now = await get(vm)
  if (now.state === 'running') await viv.follow(await viv.client.vmStop({ params: { vmId: vm.id }, body: { mode: 'force' } }))
  await viv.follow(await viv.client.vmDelete({ params: { vmId: vm.id } }))
  expect(await audit(viv)).toEqual([])
}

test.each([[['agent']], [['manager']], [['agent', 'manager']]] as ('agent' | 'manager')[][][])(
  'kill -9 of %j: the VM runs on as the same process, is shown running, and can be stopped',
  async (parts) => {
    const vm = await viv.vmCreate('web', { start: true })
    const before = await viv.qemus()
    for (const part of parts) await viv.kill(part)
    expect(await viv.qemus()).toEqual(before)
    if (parts.includes('agent')) await viv.startAgent()
    if (parts.includes('manager')) await viv.startManager()
    await viv.hostKnown()
    expect(await get(vm)).toMatchObject({ state: 'running', pid: before.get(vm.id), hostReachable: true })
    expect(await viv.qemus()).toEqual(before)
    await viv.follow(await viv.client.vmStop({ params: { vmId: vm.id }, body: { mode: 'force' } }))
    expect((await viv.qemus()).size).toBe(0)
    await remove(vm)
  },
)

/** What may happen to a guest while nobody watches, and what is then to be shown. */
const happenings = [
  {
    name: 'powers off',
    act: async (vm: Vm) => {
      await viv.follow(await waitForAgent(vm))
      const agent = await GuestAgent.connect(socketOf(vm, 'guest-agent'), { timeoutMs: 10_000 })
      await agent.send('guest-shutdown', {})
      agent.close()
    },
    seen: { state: 'stopped', exit: { cause: 'powered_off' } },
  },
  {
    name: 'crashes',
    act: async (vm: Vm) => process.kill((await viv.qemus()).get(vm.id) ?? 0, 'SIGKILL'),
    seen: { state: 'crashed', exit: { cause: 'died', code: 137 } },
  },
]

/** The guest's agent answers once the guest has booted. */
async function waitForAgent(vm: Vm) {
  await expect
    .poll(async () => GuestAgent.connect(socketOf(vm, 'guest-agent'), { timeoutMs: 2_000, syncTimeoutMs: 2_000 }).then((agent) => (agent.close(), true), () => false), { timeout: 60_000 })
    .toBe(true)
  return viv.client.taskList().then(({ items }) => items[0] as NonNullable<(typeof items)[0]>)
}

test.each(happenings)('a guest that $name while manager and agent are down is shown truthfully at once', async ({ act, seen }) => {
  const vm = await viv.vmCreate('web', { start: true })
  if (seen.state === 'stopped') await waitForAgent(vm)
  await viv.kill('manager')
  await viv.kill('agent')
  if (seen.state === 'stopped') {
    const agent = await GuestAgent.connect(socketOf(vm, 'guest-agent'), { timeoutMs: 10_000 })
    await agent.send('guest-shutdown', {})
    agent.close()
    await guestIsOff(vm)
  } else {
    await act(vm)
    await expect.poll(async () => (await viv.qemus()).size).toBe(0)
  }
  await viv.startAgent()
  await viv.startManager()
  await viv.hostKnown()
  const connectedAt = Date.now()
  await expect.poll(() => get(vm), { timeout: 1_000, interval: 20 }).toMatchObject(seen)
  expect(Date.now() - connectedAt).toBeLessThan(1_000)
  await remove(vm)
})

/** QEMU stands by after the guest's power-off, so that it can be seen. */
async function guestIsOff(vm: Vm): Promise<void> {
  await using qmp = await QmpSession.connect(socketOf(vm, 'qmp'), { timeoutMs: 5_000 })
  await expect.poll(async () => (await qmp.execute('query-status')).status, { timeout: 60_000 }).toBe('shutdown')
}

test('a guest that reboots while the manager is down is shown running, with the reset counted', async () => {
  const vm = await viv.vmCreate('web', { start: true })
  await waitForAgent(vm)
  await viv.kill('manager')
  const agent = await GuestAgent.connect(socketOf(vm, 'guest-agent'), { timeoutMs: 10_000 })
  await agent.send('guest-shutdown', { mode: 'reboot' })
  agent.close()
  await expect
    .poll(() => GuestAgent.connect(socketOf(vm, 'guest-agent'), { timeoutMs: 1_000, syncTimeoutMs: 1_000 }).then((open) => (open.close(), 'up'), () => 'down'), { timeout: 60_000 })
    .toBe('down')
  await viv.startManager()
  await viv.hostKnown()
  await expect.poll(async () => (await get(vm)).resets ?? 0, { timeout: 60_000 }).toBeGreaterThan(0)
  expect(await get(vm)).toMatchObject({ state: 'running' })
  await remove(vm)
})

test('a second agent of the same installation ends at once and harms nothing', async () => {
  const vm = await viv.vmCreate('web', { start: true })
  const first = viv.agent
  await expect(viv.startAgent()).rejects.toThrow('ended before it said')
  expect(viv.words.join('')).toContain('another agent works in')
  expect(first.exitCode).toBeNull()
  expect(await get(vm)).toMatchObject({ state: 'running' })
  Object.assign(viv, {})
  await viv.client.vmStop({ params: { vmId: vm.id }, body: { mode: 'force' }, query: { wait: '30' } })
  await viv.client.vmDelete({ params: { vmId: vm.id }, query: { wait: '30' } })
  first.kill('SIGKILL')
})
