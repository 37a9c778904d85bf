import { GuestAgent, QmpSession } from '@viv/qmp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { foldersOf } from '@viv/common'
import type { Vm } from '@viv/api'
import { audit } from '../support/audit.ts'
import { Installation, until } from '../support/installation.ts'

let viv: Installation
beforeAll(async () => {
  viv = await Installation.create()
})
afterAll(() => viv?.[Symbol.asyncDispose]())

const get = (vm: Vm): Promise<Vm> => viv.client.vmGet({ params: { vmId: vm.id } })
const socketOf = (vm: Vm, name: string): string => `${foldersOf(viv.root).vmRun}/${vm.id}/io/${name}`

async function remove(vm: Vm): Promise<void> {
  const now = await get(vm)
  if (now.state === 'running')
    await viv.follow(await viv.client.vmStop({ params: { vmId: vm.id }, body: { mode: 'force' } }))
  await viv.follow(await viv.client.vmPurge({ params: { vmId: vm.id } }))
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

/** The guest's agent answers once the guest has booted. */
async function booted(vm: Vm): Promise<void> {
  await until('the guest has booted', () => answers(vm), 60_000)
}

async function answers(vm: Vm): Promise<boolean> {
  try {
    const agent = await GuestAgent.connect(socketOf(vm, 'guest-agent'), { timeoutMs: 2_000, syncTimeoutMs: 2_000 })
    agent.close()
    return true
  } catch {
    return false
  }
}

async function shutDownInside(vm: Vm, mode: 'powerdown' | 'reboot'): Promise<void> {
  const agent = await GuestAgent.connect(socketOf(vm, 'guest-agent'), { timeoutMs: 10_000 })
  await agent.send('guest-shutdown', { mode })
  agent.close()
}

const happenings = [
  {
    name: 'powers off',
    happen: async (vm: Vm) => {
      await shutDownInside(vm, 'powerdown')
      await guestIsOff(vm)
    },
    seen: { state: 'stopped', exit: { cause: 'powered_off' } },
  },
  {
    name: 'dies with its QEMU',
    happen: async (vm: Vm) => {
      process.kill((await viv.qemus()).get(vm.id) ?? 0, 'SIGKILL')
      await until('QEMU is gone', async () => (await viv.qemus()).size === 0)
    },
    seen: { state: 'crashed', exit: { cause: 'died', code: 137 } },
  },
]

test.each(happenings)(
  'a guest that $name while manager and agent are down is shown so within a second',
  async ({ happen, seen }) => {
    const vm = await viv.vmCreate('web', { start: true })
    await booted(vm)
    await viv.kill('manager')
    await viv.kill('agent')
    await happen(vm)
    await viv.startAgent()
    await viv.startManager()
    await viv.hostKnown()
    const connectedAt = Date.now()
    await expect.poll(() => get(vm), { timeout: 1_000, interval: 20 }).toMatchObject(seen)
    expect(Date.now() - connectedAt).toBeLessThan(1_000)
    await remove(vm)
  },
)

/** QEMU stands by after the guest's power-off, so that it can be seen. */
async function guestIsOff(vm: Vm): Promise<void> {
  await using qmp = await QmpSession.connect(socketOf(vm, 'qmp'), { timeoutMs: 5_000 })
  await expect.poll(async () => (await qmp.execute('query-status')).status, { timeout: 60_000 }).toBe('shutdown')
}

test('a guest that reboots while the manager is down is shown running, with the reset counted', async () => {
  const vm = await viv.vmCreate('web', { start: true })
  await booted(vm)
  await viv.kill('manager')
  await shutDownInside(vm, 'reboot')
  await until('the guest goes down', async () => !(await answers(vm)), 60_000)
  await booted(vm)
  await viv.startManager()
  await viv.hostKnown()
  await expect
    .poll(() => get(vm), { timeout: 1_000, interval: 20 })
    .toMatchObject({ state: 'running', resets: expect.any(Number) })
  // Firmware may reset once more on the way up: counted as it comes.
  expect((await get(vm)).resets).toBeGreaterThan(0)
  await remove(vm)
})

test('a second agent of the same installation ends at once and harms nothing', async () => {
  const vm = await viv.vmCreate('web', { start: true })
  await expect(viv.startSecondAgent()).rejects.toThrow('ended before it said')
  expect(viv.words.join('')).toContain('another agent works in')
  expect(await get(vm)).toMatchObject({ state: 'running', hostReachable: true })
  await remove(vm)
})
