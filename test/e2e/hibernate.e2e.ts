import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rm, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Task, Vm } from '@viv/api'
import { foldersOf } from '@viv/common'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit } from '../support/audit.ts'
import { ended, keepAlive } from '../support/crash-work.ts'
import { Installation, until } from '../support/installation.ts'
import { Serial } from '../support/serial.ts'

let viv: Installation
beforeAll(async () => {
  viv = await Installation.create()
})
afterAll(() => viv?.[Symbol.asyncDispose]())

const get = (vm: Vm): Promise<Vm> => viv.client.vmGet({ params: { vmId: vm.id } })
const params = (vm: Vm) => ({ params: { vmId: vm.id } })
const hibernate = async (vm: Vm) => viv.follow(await viv.client.vmHibernate(params(vm)))
const start = async (vm: Vm) => viv.follow(await viv.client.vmStart(params(vm)))
const forceStop = async (vm: Vm) =>
  viv.follow(await viv.client.vmStop({ params: { vmId: vm.id }, body: { mode: 'force' } }))

async function remove(vm: Vm): Promise<void> {
  if ((await viv.qemus()).has(vm.id)) await forceStop(vm)
  await viv.follow(await viv.client.vmPurge(params(vm)))
  expect(await audit(viv)).toEqual([])
}

/** A value that lives in the guest's memory alone, below a tmpfs. */
async function remember(vm: Vm): Promise<string> {
  using serial = await Serial.open(viv.root, vm.id)
  await serial.logIn()
  const value = randomUUID()
  serial.type(`mount | grep -q "/run type tmpfs" && echo ${value} > /run/value; echo ke""pt\r`)
  await serial.expect('kept')
  return value
}

/** What a command says in the guest, on one line. */
async function ask(vm: Vm, command: string): Promise<string> {
  using serial = await Serial.open(viv.root, vm.id)
  const mark = randomUUID().slice(0, 8)
  serial.type(`\recho ${mark}-""begin; ${command}; echo ${mark}-""end\r`)
  await serial.expect(`${mark}-begin`)
  return (await serial.expect(`${mark}-end`)).split('\n')[1]?.trim() ?? ''
}

const recall = (vm: Vm): Promise<string> => ask(vm, 'cat /run/value')

/**
 * Keeps CPU, memory and disk of the guest at work for good: each round writes what never was, reads it back from memory
 * and from disk, and stops at the first difference.
 */
async function load(vm: Vm): Promise<void> {
  const round = [
    'head -c 2097152 /dev/urandom > /run/a && cp /run/a /run/b && cp /run/a /root/c && sync',
    'cmp /run/a /run/b && cmp /run/a /root/c',
    'n=$((n+1)) && echo $n > /run/rounds',
  ].join(' && ')
  expect(
    await ask(
      vm,
      `echo 0 > /run/rounds; n=0; (while ${round}; do :; done; echo broken > /run/rounds) > /dev/null 2>&1 & echo begun`,
    ),
  ).toBe('begun')
  await goesOn(vm)
}

/** Two rounds more than it had: the one that was interrupted, and one since. */
async function goesOn(vm: Vm): Promise<void> {
  const rounds = () => ask(vm, 'cat /run/rounds')
  const before = Number(await rounds())
  let now = ''
  await until('the load goes on', async () => {
    now = await rounds()
    return now === 'broken' || Number(now) >= before + 2
  })
  expect(now).not.toBe('broken')
}

/** How far the guest's clock is behind the host's, to a second. */
async function secondsBehind(vm: Vm): Promise<number> {
  const guest = Number(await ask(vm, 'date +%s'))
  return Date.now() / 1000 - guest
}

/** Its agent may need a moment, and its clock counts whole seconds here. */
const expectInTime = (vm: Vm) => expect.poll(() => secondsBehind(vm), { timeout: 20_000 }).toBeLessThan(2)
/** Long beside the two seconds that are let pass. */
const STANDSTILL_MS = 5_000

/** What a reboot of the host leaves: nothing in /run, and no process. */
async function forgetRun(): Promise<void> {
  await viv.kill('agent')
  const folder = foldersOf(viv.root).vmRun
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true })
  await viv.startAgent()
  await viv.hostKnown()
}

test('a guest goes on from where it was in the middle of its work, three times in a row, also after the host was rebooted', async () => {
  const vm = await viv.vmCreate('sleeper', { start: true })
  const value = await remember(vm)
  await load(vm)
  const pids = new Set([vm.pid])
  for (const isRebooted of [false, true, false]) {
    await hibernate(vm)
    expect((await viv.qemus()).size).toBe(0)
    if (isRebooted) await forgetRun()
    const asleep = await get(vm)
    expect(asleep).toMatchObject({ state: 'hibernated' })
    expect(asleep.allowedActions).toEqual(['start', 'discard', 'edit', 'delete', 'purge'])
    expect([asleep.pid, asleep.exit, asleep.runsBy]).toEqual([undefined, undefined, undefined])
    expect(await audit(viv)).toEqual([])
    if (isRebooted) await delay(STANDSTILL_MS)
    await start(vm)
    await expectInTime(vm)
    const awake = await get(vm)
    expect(awake).toMatchObject({ state: 'running' })
    pids.add(awake.pid)
    expect(await recall(vm)).toBe(value)
    await goesOn(vm)
    expect(await audit(viv)).toEqual([])
  }
  expect(pids.size).toBe(4)
  await viv.follow(await viv.client.vmPause(params(vm)))
  await delay(STANDSTILL_MS)
  await viv.follow(await viv.client.vmResume(params(vm)))
  await expectInTime(vm)
  // The same machine still: it hears its guest's agent, and a clean shutdown ends it.
  const stop = await viv.follow(await viv.client.vmStop({ params: { vmId: vm.id }, body: {} }))
  expect(stop.output).toMatchObject({ stop: { by: expect.stringMatching(/^(guest-agent|acpi)$/) } })
  await remove(vm)
})

test('a renamed VM wakes, one whose disk was written to does not, and discarding is the way out', async () => {
  const vm = await viv.vmCreate('named', { start: true, clock: 'free' })
  const value = await remember(vm)
  const before = await secondsBehind(vm)
  await hibernate(vm)
  await delay(STANDSTILL_MS)
  const { revision } = await get(vm)
  await viv.client.vmUpdate({ ...params(vm), ifMatch: revision, body: { name: 'renamed' } })
  await start(vm)
  expect(await recall(vm)).toBe(value)
  // A free clock is nobody's to set.
  expect((await secondsBehind(vm)) - before).toBeGreaterThan(STANDSTILL_MS / 1000 - 1)

  await hibernate(vm)
  const datastore = (await readdir(foldersOf(viv.root).datastores, { withFileTypes: true })).find((each) =>
    each.isDirectory(),
  )
  const volume = join(
    foldersOf(viv.root).datastores,
    datastore?.name ?? '',
    'volumes',
    vm.hardware.disks[0]?.volumeId ?? '',
  )
  {
    await using file = await open(join(volume, 'disk.qcow2'), 'r+')
    const head = Buffer.alloc(4)
    await file.read(head, 0, 4, 0)
    await file.write(head, 0, 4, 0)
  }
  const refused = await viv.client.vmStart({ ...params(vm), query: { wait: '30' } })
  expect(refused).toMatchObject({ state: 'failed', error: { code: 'unprocessable' } })
  expect(refused.error?.message).toContain('its disks were written to since')
  expect(refused.error?.message).toContain('viv vm discard renamed')
  expect(await get(vm)).toMatchObject({ state: 'hibernated' })
  await viv.follow(await viv.client.vmDiscard(params(vm)))
  expect(await get(vm)).toMatchObject({ state: 'stopped' })
  expect(await audit(viv)).toEqual([])
  await start(vm)
  expect(await get(vm)).toMatchObject({ state: 'running' })
  await remove(vm)
})

test('memory that QEMU cannot load leaves the VM hibernated, and a hibernated VM can be deleted', async () => {
  const vm = await viv.vmCreate('broken', { start: true, memoryMib: 64 })
  await hibernate(vm)
  const { datastores } = foldersOf(viv.root)
  const [memory] = (await readdir(datastores, { recursive: true })).filter((path) => path.endsWith(`${vm.id}/content`))
  await writeFile(join(datastores, memory ?? ''), 'nothing that QEMU knows')
  const failed = await viv.client.vmStart({ ...params(vm), query: { wait: '30' } })
  expect(failed).toMatchObject({ state: 'failed', error: { code: 'unprocessable' } })
  expect(failed.error?.message).toContain('QEMU could not load it')
  expect(await get(vm)).toMatchObject({ state: 'hibernated' })
  expect((await viv.qemus()).size).toBe(0)
  expect(await audit(viv)).toEqual([])
  // Nor does a record of another version keep an agent from its VMs, or make it guess.
  await writeFile(join(datastores, dirname(memory ?? ''), 'saved.json'), '{"format":2}')
  await forgetRun()
  expect(await get(vm)).toMatchObject({ state: 'hibernated' })
  const unread = await viv.client.vmStart({ ...params(vm), query: { wait: '30' } })
  expect(unread.error?.message).toContain('this version knows 1')
  await remove(vm)
})

test('a save that fails lets the guest go on, and the next one succeeds', async () => {
  const vm = await viv.vmCreate('again', { start: true })
  const value = await remember(vm)
  // Where the helper wants its socket is something that it cannot put away.
  const taken = join(foldersOf(viv.root).vmRun, vm.id, 'io', 'memory')
  await mkdir(taken)
  const failed = await viv.client.vmHibernate({ ...params(vm), query: { wait: '30' } })
  expect(failed).toMatchObject({ state: 'failed', error: { code: 'internal' } })
  expect(failed.error?.message).toContain('It is not hibernated')
  expect(await get(vm)).toMatchObject({ state: 'running', pid: vm.pid })
  expect(await recall(vm)).toBe(value)
  expect(await audit(viv)).toEqual([])
  await rmdir(taken)
  await hibernate(vm)
  await start(vm)
  expect(await recall(vm)).toBe(value)
  await remove(vm)
})

test('an agent that dies anywhere in a save or a load loses neither the guest nor its memory', async () => {
  const vm = await viv.vmCreate('hit', { start: true })
  const value = await remember(vm)
  const survives = async (begin: () => Promise<Task>, afterMs: number, state: 'hibernated' | 'running') => {
    const task = await begin()
    await delay(afterMs)
    await viv.kill('agent')
    expect(await ended(viv, task.id)).toMatchObject({ state: 'succeeded' })
    await viv.hostKnown()
    expect(await get(vm)).toMatchObject({ state })
    expect(await audit(viv)).toEqual([])
  }
  const alive = keepAlive(viv)
  try {
    for (const afterMs of [0, 15, 30, 60, 120, 240]) {
      await survives(() => viv.client.vmHibernate(params(vm)), afterMs, 'hibernated')
      await survives(() => viv.client.vmStart(params(vm)), afterMs, 'running')
      expect(await recall(vm)).toBe(value)
    }
  } finally {
    await alive.stop()
  }
  await remove(vm)
})
