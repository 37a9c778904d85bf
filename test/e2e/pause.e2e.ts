import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Vm } from '@viv/api'
import { foldersOf } from '@viv/common'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit } from '../support/audit.ts'
import { Installation } from '../support/installation.ts'
import { Serial } from '../support/serial.ts'

let viv: Installation
beforeAll(async () => {
  viv = await Installation.create()
})
afterAll(() => viv?.[Symbol.asyncDispose]())

const get = (vm: Vm): Promise<Vm> => viv.client.vmGet({ params: { vmId: vm.id } })
const pause = async (vm: Vm) => viv.follow(await viv.client.vmPause({ params: { vmId: vm.id } }))
const resume = async (vm: Vm) => viv.follow(await viv.client.vmResume({ params: { vmId: vm.id } }))

async function remove(vm: Vm): Promise<void> {
  await viv.follow(await viv.client.vmStop({ params: { vmId: vm.id }, body: { mode: 'force' } }))
  await viv.follow(await viv.client.vmPurge({ params: { vmId: vm.id } }))
  expect(await audit(viv)).toEqual([])
}

/** The guest counts a hundred times a second if nothing holds it up. */
const COUNT = 'i=0; while :; do i=$((i+1)); echo "c""ount $i."; sleep 0.01; done\r'
/** Long enough for many counts. */
const STANDSTILL_MS = 500

async function nextCount(serial: Serial): Promise<number> {
  await serial.expect('count ')
  return Number.parseInt(await serial.expect('.'), 10)
}

/** The last count that the line brings after that one, up to a moment of silence. */
async function lastCount(serial: Serial, first: number): Promise<number> {
  for (let last = first; ; last++) {
    const isThere = await serial.expect(`count ${last + 1}.`, STANDSTILL_MS).catch(() => undefined)
    if (isThere === undefined) return last
  }
}

test('a paused guest stands still, also under another agent, and goes on where it was', async () => {
  const vm = await viv.vmCreate('still', { start: true })
  {
    using serial = await Serial.open(viv.root, vm.id)
    await serial.logIn()
    serial.type(COUNT)
    const first = await nextCount(serial)
    await pause(vm)
    expect(await get(vm)).toMatchObject({ state: 'paused', pauseReason: 'by_user', pid: vm.pid })
    const last = await lastCount(serial, first)
    expect(await lastCount(serial, last)).toBe(last)
    await expect(viv.client.vmStop({ params: { vmId: vm.id }, body: {} })).rejects.toMatchObject({
      code: 'invalid_state',
      body: { blockers: [{ fix: { action: 'vmResume' } }] },
    })
    await resume(vm)
    expect(await get(vm)).toMatchObject({ state: 'running', pid: vm.pid })
    await serial.expect(`count ${last + 1}.`)
    await pause(vm)
  }
  await viv.kill('agent')
  await viv.startAgent()
  await viv.hostKnown()
  await expect.poll(() => get(vm)).toMatchObject({ state: 'paused', pauseReason: 'by_user', pid: vm.pid })
  // Nor does one go on that did not answer for a while.
  process.kill(vm.pid ?? Number.NaN, 'SIGSTOP')
  await expect.poll(() => get(vm), { timeout: 15_000 }).toMatchObject({ state: 'unresponsive' })
  process.kill(vm.pid ?? Number.NaN, 'SIGCONT')
  await expect.poll(() => get(vm), { timeout: 15_000 }).toMatchObject({ state: 'paused', pauseReason: 'by_user' })
  await resume(vm)
  {
    using serial = await Serial.open(viv.root, vm.id)
    expect(await nextCount(serial)).toBeGreaterThan(0)
  }
  expect((await get(vm)).pauseReason).toBeUndefined()
  await remove(vm)
})

test('a pause is over with a reset, and needs no run folder', async () => {
  const vm = await viv.vmCreate('bare', { start: true, memoryMib: 64 })
  await pause(vm)
  await viv.follow(await viv.client.vmReset({ params: { vmId: vm.id } }))
  expect(await get(vm)).toMatchObject({ state: 'running' })
  await rm(join(foldersOf(viv.root).vmRun, vm.id), { recursive: true })
  await pause(vm)
  expect(await get(vm)).toMatchObject({ state: 'paused', pauseReason: 'by_user' })
  await resume(vm)
  expect(await get(vm)).toMatchObject({ state: 'running', pid: vm.pid })
  await remove(vm)
})

test('a safe reboot: the guest shuts down by itself and boots again in the same process', async () => {
  const vm = await viv.vmCreate('again', { start: true })
  const reboot = (body: object) => viv.client.vmReboot({ params: { vmId: vm.id }, body, query: { wait: '30' } })
  {
    using serial = await Serial.open(viv.root, vm.id)
    await serial.logIn()
    serial.type('touch /run/before; echo do""ne\r')
    await serial.expect('done')
    await viv.follow(await reboot({}))
    expect(await get(vm)).toMatchObject({ state: 'running', pid: vm.pid })
    await expect.poll(async () => (await get(vm)).resets).toBe(1)
    await serial.logIn()
    serial.type('test -e /run/before || echo ne""w\r')
    await serial.expect('new')
    serial.type('for p in /proc/[0-9]*; do grep -q qemu-ga $p/comm && kill -STOP ${p#/proc/}; done; echo he""ld\r')
    await serial.expect('held')
  }
  const { resets } = await get(vm)
  const refused = await reboot({ timeoutSeconds: 3 })
  expect(refused).toMatchObject({ state: 'failed', error: { code: 'unprocessable' } })
  expect(refused.error?.message).toContain('viv vm reboot again --force')
  expect(await get(vm)).toMatchObject({ state: 'running', pid: vm.pid, resets })
  await viv.follow(await reboot({ mode: 'force' }))
  await expect.poll(async () => (await get(vm)).resets).toBe((resets ?? 0) + 1)
  await remove(vm)
})
