import type { Vm, VmUpdate } from '@viv/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit } from '../support/audit.ts'
import { Installation, until } from '../support/installation.ts'
import { Serial } from '../support/serial.ts'

let viv: Installation
beforeAll(async () => {
  viv = await Installation.create()
})
afterAll(() => viv?.[Symbol.asyncDispose]())

const params = (vm: Vm) => ({ params: { vmId: vm.id } })
const get = (vm: Vm): Promise<Vm> => viv.client.vmGet(params(vm))
const pidOf = async (vm: Vm): Promise<number> => (await viv.qemus()).get(vm.id) ?? Number.NaN

async function policy(vm: Vm, crashPolicy: NonNullable<VmUpdate['crashPolicy']>): Promise<void> {
  const { revision } = await get(vm)
  const changed = await viv.client.vmUpdate({ ...params(vm), ifMatch: revision, body: { crashPolicy } })
  // Its host was told before the answer, also where the VM runs.
  expect(changed.pending).toBeUndefined()
}

const PANIC = 'echo c > /proc/sysrq-trigger'
/**
 * Starts the watchdog that nobody feeds, without a driver: in its PCI registers, one second for each of its two stages
 * (Intel 6300ESB, 16.4: 0x60 configuration, 0x68 lock).
 */
const HANG =
  "cd /sys/bus/pci/devices/0000:00:19.0; printf '\\004\\000' | dd of=config bs=2 seek=48 count=1 conv=notrunc;" +
  " printf '\\002' | dd of=config bs=1 seek=104 count=1 conv=notrunc"

async function crash(serial: Serial, how: string, happens: () => Promise<boolean>): Promise<void> {
  await serial.expect('login:')
  await serial.logIn()
  serial.type(`${how}\r`)
  await until('the crash is answered', happens)
}

async function remove(vm: Vm): Promise<void> {
  if ((await viv.qemus()).has(vm.id)) {
    await viv.follow(await viv.client.vmStop({ ...params(vm), body: { mode: 'force' } }))
  }
  await viv.follow(await viv.client.vmPurge(params(vm)))
  expect(await audit(viv)).toEqual([])
}

test('a guest that panics, or hangs, is reset, or ended, as its policy says; an edit counts at once', async () => {
  const vm = await viv.vmCreate('panics', { start: true, watchdog: true, crashPolicy: { guest: 'restart' } })
  using serial = await Serial.open(viv.root, vm.id)
  await crash(serial, PANIC, async () => (await get(vm)).recovery?.count === 1)
  await until('it runs', async () => (await get(vm)).state === 'running')
  const again = await get(vm)
  expect(again).toMatchObject({ pid: vm.pid, recovery: { count: 1, cause: 'panicked' } })
  expect(again.exit).toBeUndefined()

  await crash(serial, HANG, async () => (await get(vm)).recovery?.count === 2)
  await until('it runs', async () => (await get(vm)).state === 'running')
  expect(await get(vm)).toMatchObject({ pid: vm.pid, recovery: { count: 2, cause: 'hung' } })

  await policy(vm, { guest: 'stop', watchdog: 'keep' })
  await crash(serial, HANG, async () => (await get(vm)).state === 'crashed')
  expect(await get(vm)).toMatchObject({ pid: vm.pid, exit: { cause: 'hung' }, recovery: { count: 2 } })
  await viv.follow(await viv.client.vmReset(params(vm)))
  await until('it runs', async () => (await get(vm)).state === 'running')

  await crash(serial, PANIC, async () => (await get(vm)).state === 'crashed' && (await get(vm)).pid === undefined)
  expect(await get(vm)).toMatchObject({ exit: { cause: 'panicked' }, recovery: { count: 2 } })
  expect((await viv.qemus()).has(vm.id)).toBe(false)
  expect(await audit(viv)).toEqual([])

  // Whoever starts it begins anew.
  await viv.follow(await viv.client.vmStart(params(vm)))
  expect((await get(vm)).recovery).toBeUndefined()
  await remove(vm)
})

test('a QEMU that dies is started again, also one that died while no agent looked, but not over and over', async () => {
  const vm = await viv.vmCreate('dies', { start: true, memoryMib: 64, crashPolicy: { qemu: 'restart' } })
  const isBack = async (count: number) => {
    const { state, recovery, pid } = await get(vm)
    return state === 'running' && recovery?.count === count && pid === (await pidOf(vm))
  }
  process.kill(vm.pid ?? 0, 'SIGKILL')
  await until('it is back', () => isBack(1))
  expect(await get(vm)).toMatchObject({ recovery: { count: 1, cause: 'died' } })

  await viv.kill('agent')
  process.kill(await pidOf(vm), 'SIGKILL')
  await until('it is gone', async () => Number.isNaN(await pidOf(vm)))
  await viv.startAgent()
  await viv.hostKnown()
  // Another agent counts anew.
  await until('it is back', () => isBack(1))

  for (const count of [2, 3]) {
    process.kill(await pidOf(vm), 'SIGKILL')
    await until('it is back', () => isBack(count))
  }
  process.kill(await pidOf(vm), 'SIGKILL')
  await until('it is given up', async () => (await get(vm)).recovery?.isGivenUp === true)
  expect(await get(vm)).toMatchObject({ state: 'crashed', exit: { cause: 'died' }, recovery: { count: 3 } })
  expect((await viv.qemus()).has(vm.id)).toBe(false)
  await remove(vm)
})

test('a forced stop is no crash, and nothing is started after it', async () => {
  const vm = await viv.vmCreate('stopped', {
    start: true,
    memoryMib: 64,
    crashPolicy: { guest: 'restart', qemu: 'restart' },
  })
  await viv.follow(await viv.client.vmStop({ ...params(vm), body: { mode: 'force' } }))
  const stopped = await get(vm)
  expect(stopped).toMatchObject({ state: 'stopped', exit: { cause: 'stopped' } })
  expect(stopped.recovery).toBeUndefined()
  await remove(vm)
})
