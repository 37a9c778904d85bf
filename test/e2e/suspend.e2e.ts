import type { Vm } from '@viv/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit } from '../support/audit.ts'
import { Installation, until } from '../support/installation.ts'
import { Serial } from '../support/serial.ts'

let viv: Installation
beforeAll(async () => {
  viv = await Installation.create()
})
afterAll(() => viv?.[Symbol.asyncDispose]())

const params = ({ id }: Vm) => ({ params: { vmId: id } })
const get = (vm: Vm): Promise<Vm> => viv.client.vmGet(params(vm))

async function remove(vm: Vm): Promise<void> {
  await viv.follow(await viv.client.vmStop({ ...params(vm), body: { mode: 'force' } }))
  await viv.follow(await viv.client.vmPurge(params(vm)))
  expect(await audit(viv)).toEqual([])
}

/** Its serial port wakes a moment after its processor: what comes before is lost, in part or whole. */
async function answers(serial: Serial, command: string, words: string): Promise<void> {
  const tried = () => serial.expect(words, ANSWER_MS).catch(() => undefined)
  await until(`the guest says ${words}`, async () => {
    serial.type(`\r${command}\r`)
    return (await tried()) !== undefined
  })
}
const ANSWER_MS = 2_000

test('a guest sleeps when asked, also under another agent, and wakes where it was', async () => {
  const vm = await viv.vmCreate('sleeper', { start: true })
  {
    using serial = await Serial.open(viv.root, vm.id)
    await serial.logIn()
    serial.type('note=ke""pt; echo do""ne\r')
    await serial.expect('done')
    await viv.follow(await viv.client.vmSuspend({ ...params(vm), body: {} }))
    expect(await get(vm)).toMatchObject({ state: 'paused', pauseReason: 'guest_asleep', pid: vm.pid })
  }
  await viv.kill('agent')
  await viv.startAgent()
  await viv.hostKnown()
  await expect.poll(() => get(vm)).toMatchObject({ state: 'paused', pauseReason: 'guest_asleep', pid: vm.pid })
  await expect(viv.client.vmSuspend({ ...params(vm), body: {} })).rejects.toMatchObject({ code: 'invalid_state' })
  {
    using serial = await Serial.open(viv.root, vm.id)
    await viv.follow(await viv.client.vmResume(params(vm)))
    expect(await get(vm)).toMatchObject({ state: 'running', pid: vm.pid })
    await answers(serial, 'echo $note', 'kept')
  }
  await remove(vm)
})

test('a guest without an agent, or one that can not sleep, says so and runs on', async () => {
  const vm = await viv.vmCreate('awake', { start: true })
  using serial = await Serial.open(viv.root, vm.id)
  await serial.logIn()
  serial.type('killall -STOP qemu-ga; echo do""ne\r')
  await serial.expect('done')
  const deaf = await viv.client.vmSuspend({ ...params(vm), body: { timeoutSeconds: 2 }, query: { wait: '30' } })
  expect(deaf).toMatchObject({ state: 'failed', error: { blockers: [{ reason: 'suspend_needs_agent' }] } })
  serial.type('killall -CONT qemu-ga; mount -o bind /proc/version /sys/power/state; echo ag""ain\r')
  await serial.expect('again')
  const refused = await viv.client.vmSuspend({ ...params(vm), body: {}, query: { wait: '30' } })
  expect(refused).toMatchObject({ state: 'failed', error: { blockers: [{ reason: 'guest_cannot_sleep' }] } })
  expect(await get(vm)).toMatchObject({ state: 'running', pid: vm.pid })
  await remove(vm)
})
