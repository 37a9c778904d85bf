import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, open, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Vm } from '@viv/api'
import { foldersOf } from '@viv/common'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit } from '../support/audit.ts'
import { descriptionOf } from '../support/description.ts'
import { Installation, until } from '../support/installation.ts'

/** The rows of docs/faults.md, each on a real QEMU; a full datastore has a file of its own. */
let viv: Installation
beforeAll(async () => {
  viv = await Installation.create()
})
afterAll(() => viv?.[Symbol.asyncDispose]())

/** Asked every 5 s, and silent after 5 s; the rest is the machine that tests run on. */
const SILENT_WITHIN_MS = 15_000
/** The same, and the agent's own start before it. */
const FOUND_SILENT_WITHIN_MS = 15_000

const get = (vm: Vm): Promise<Vm> => viv.client.vmGet({ params: { vmId: vm.id } })
const runFolder = (vm: Vm): string => join(foldersOf(viv.root).vmRun, vm.id)
const pidOf = async (vm: Vm): Promise<number> => (await viv.qemus()).get(vm.id) ?? Number.NaN
const signal = async (vm: Vm, name: NodeJS.Signals) => process.kill(await pidOf(vm), name)
const forceStop = async (vm: Vm) =>
  viv.follow(await viv.client.vmStop({ params: { vmId: vm.id }, body: { mode: 'force' } }))

const running = (name: string): Promise<Vm> => viv.vmCreate(name, { start: true, memoryMib: 64 })

async function remove(vm: Vm): Promise<void> {
  if ((await viv.qemus()).has(vm.id)) await forceStop(vm)
  await viv.follow(await viv.client.vmPurge({ params: { vmId: vm.id } }))
  expect(await audit(viv)).toEqual([])
}

async function restartAgent(): Promise<void> {
  await viv.kill('agent')
  await viv.startAgent()
  await viv.hostKnown()
}

/** A machine that cannot be asked is neither started a second time nor deleted, and a forced stop ends it. */
async function canOnlyBeForced(vm: Vm): Promise<void> {
  const before = await viv.qemus()
  const params = { vmId: vm.id }
  expect((await get(vm)).allowedActions).toEqual(['forceStop', 'console', 'edit'])
  await expect(viv.client.vmStart({ params })).rejects.toMatchObject({ code: 'invalid_state' })
  await expect(viv.client.vmPurge({ params })).rejects.toMatchObject({ code: 'invalid_state' })
  expect(await viv.qemus()).toEqual(before)
  await forceStop(vm)
  expect((await viv.qemus()).has(vm.id)).toBe(false)
  const now = await get(vm)
  expect(now).toMatchObject({ state: 'stopped', exit: { cause: 'stopped' } })
  expect(now.silenceReason).toBeUndefined()
  await viv.follow(await viv.client.vmStart({ params }))
  expect(await get(vm)).toMatchObject({ state: 'running' })
}

test.each([
  { name: 'SIGKILL', code: 137 },
  { name: 'SIGSEGV', code: 139 },
  // QEMU ends by itself: its own answer to a signal that nobody of ours sends.
  { name: 'SIGTERM', code: 0 },
] as const)('a QEMU that ends by $name is crashed with exit code $code within a second', async ({ name, code }) => {
  const vm = await running('died')
  await signal(vm, name)
  await expect
    .poll(() => get(vm), { timeout: 1_000, interval: 20 })
    .toMatchObject({ state: 'crashed', exit: { cause: 'died', code } })
  await remove(vm)
})

test('a QEMU that is stopped by a signal is unresponsive, loses nothing, and is running again by itself', async () => {
  const vm = await running('frozen')
  await signal(vm, 'SIGSTOP')
  await expect
    .poll(() => get(vm), { timeout: SILENT_WITHIN_MS })
    .toMatchObject({ state: 'unresponsive', silenceReason: 'no_answer', pid: vm.pid })
  await signal(vm, 'SIGCONT')
  await expect.poll(() => get(vm), { timeout: 2_000, interval: 20 }).toMatchObject({ state: 'running', pid: vm.pid })
  expect((await get(vm)).silenceReason).toBeUndefined()

  // An agent that finds it so says the same.
  await signal(vm, 'SIGSTOP')
  await restartAgent()
  await expect
    .poll(() => get(vm), { timeout: FOUND_SILENT_WITHIN_MS })
    .toMatchObject({ state: 'unresponsive', silenceReason: 'no_answer', pid: vm.pid })
  await signal(vm, 'SIGCONT')
  await expect.poll(() => get(vm), { timeout: 15_000 }).toMatchObject({ state: 'running', pid: vm.pid })
  await remove(vm)
})

test.each(['watched', 'found'] as const)('a stopped QEMU that an agent has %s can be forced to end', async (how) => {
  const vm = await running('frozen')
  await signal(vm, 'SIGSTOP')
  if (how === 'found') await restartAgent()
  await expect.poll(() => get(vm), { timeout: SILENT_WITHIN_MS }).toMatchObject({ state: 'unresponsive' })
  const startedAt = Date.now()
  await canOnlyBeForced(vm)
  expect(Date.now() - startedAt).toBeLessThan(10_000)
  await remove(vm)
})

test('a forced stop of a QEMU that nobody has found silent yet ends it too', async () => {
  const vm = await running('frozen')
  await signal(vm, 'SIGSTOP')
  await forceStop(vm)
  expect(await get(vm)).toMatchObject({ state: 'stopped', exit: { cause: 'stopped', code: 137 } })
  await remove(vm)
})

test('a QEMU that refuses its damaged disk: the task fails with its words, the VM is stopped, nothing is left', async () => {
  const vm = await viv.vmCreate('damaged')
  const { datastores } = foldersOf(viv.root)
  const facts = (await viv.client.hostList()).items[0]?.facts as { datastore: { id: string } }
  const disk = join(datastores, facts.datastore.id, 'volumes', vm.hardware.disks[0]?.volumeId ?? '', 'disk.qcow2')
  {
    await using file = await open(disk, 'r+')
    await file.write(Buffer.from('no disk!'), 0, 8, 0)
  }
  const task = await viv.client.vmStart({ params: { vmId: vm.id }, query: { wait: '30' } })
  expect(task).toMatchObject({ state: 'failed', error: { code: 'internal' } })
  expect(task.error?.message).toContain('Image is not in qcow2 format')
  const now = await get(vm)
  expect(now).toMatchObject({ state: 'stopped' })
  expect(now.exit).toBeUndefined()
  expect((await viv.qemus()).size).toBe(0)
  await expect(access(runFolder(vm))).rejects.toMatchObject({ code: 'ENOENT' })
  await remove(vm)
})

/** A process that has nothing to do with us. */
async function stranger(): Promise<ChildProcess> {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' })
  await once(child, 'spawn')
  return child
}

test("a stranger that got the QEMU's pid is not taken for it, and gets no signal", async () => {
  const vm = await running('reused')
  await viv.kill('agent')
  const other = await stranger()
  try {
    // The launcher first, so that nobody writes down how it ended: all that is left is a pid.
    const launcher = Number(/^PPid:\s+(\d+)/m.exec(await readFile(`/proc/${vm.pid}/status`, 'utf8'))?.[1])
    process.kill(launcher, 'SIGKILL')
    await signal(vm, 'SIGKILL')
    await until('QEMU is gone', async () => (await viv.qemus()).size === 0)
    await writeFile(join(runFolder(vm), 'pid'), `${other.pid}\n`)
    await viv.startAgent()
    await viv.hostKnown()
    await expect
      .poll(() => get(vm), { timeout: 1_000, interval: 20 })
      .toMatchObject({ state: 'crashed', exit: { cause: 'lost' } })
    expect((await get(vm)).pid).toBeUndefined()
    await remove(vm)
    expect([other.exitCode, other.signalCode]).toEqual([null, null])
  } finally {
    other.kill('SIGKILL')
  }
})

test('a QEMU without its monitor socket runs on, and is unresponsive only to an agent that comes later', async () => {
  const vm = await running('cut')
  await rm(join(runFolder(vm), 'io', 'qmp'))
  // The connection that is there works: a reset goes through it.
  await viv.follow(await viv.client.vmReset({ params: { vmId: vm.id } }))
  expect(await get(vm)).toMatchObject({ state: 'running', pid: vm.pid })
  await restartAgent()
  await expect
    .poll(() => get(vm), { timeout: FOUND_SILENT_WITHIN_MS })
    .toMatchObject({ state: 'unresponsive', silenceReason: 'monitor_gone', pid: vm.pid })
  await canOnlyBeForced(vm)
  await remove(vm)
})

test('a QEMU without its run folder is running for the agent that has it, and its end is told', async () => {
  const vm = await running('bare')
  await rm(runFolder(vm), { recursive: true })
  await viv.follow(await viv.client.vmReset({ params: { vmId: vm.id } }))
  expect(await get(vm)).toMatchObject({ state: 'running', pid: vm.pid })
  await signal(vm, 'SIGKILL')
  // Who would have written its code down could not.
  await expect
    .poll(() => get(vm), { timeout: 2_000, interval: 20 })
    .toMatchObject({ state: 'crashed', exit: { cause: 'lost' } })
  await viv.follow(await viv.client.vmStart({ params: { vmId: vm.id } }))
  await rm(runFolder(vm), { recursive: true })
  await forceStop(vm)
  expect(await get(vm)).toMatchObject({ state: 'stopped', exit: { cause: 'stopped' } })
  await remove(vm)
})

test('a QEMU without its run folder is unresponsive to an agent that comes later, and never runs twice', async () => {
  const vm = await running('bare')
  await rm(runFolder(vm), { recursive: true })
  await restartAgent()
  await expect
    .poll(() => get(vm), { timeout: FOUND_SILENT_WITHIN_MS })
    .toMatchObject({ state: 'unresponsive', silenceReason: 'run_folder_gone', pid: vm.pid })
  await canOnlyBeForced(vm)
  await remove(vm)
})

test('a host that goes back to the version before holds back what the newer one described: QEMU, files and uid are left as they are', async () => {
  const vm = await running('newer')
  viv.isNewerVersion = true
  await Promise.all([viv.kill('agent'), viv.kill('manager')])
  // It dies as it is told to describe its VMs anew.
  const armed = viv.armNext({ part: 'agent', at: 'formatsWrite.before-run' })
  await viv.startAgent()
  armed.disarm()
  await viv.startManager()
  await viv.hostKnown()
  expect(JSON.parse(await readFile(descriptionOf(viv, vm.id), 'utf8'))).toMatchObject({ format: 1, name: 'newer' })
  await viv.client.upgradeFinish()
  await until('the agent died', () => armed.hasHappened())
  await restartAgent()
  await until('its host has described it anew', async () =>
    /"format":2/.test(await readFile(descriptionOf(viv, vm.id), 'utf8')),
  )
  const text = await readFile(descriptionOf(viv, vm.id), 'utf8')
  expect(await get(vm)).toMatchObject({ state: 'running', pid: vm.pid })

  viv.isNewerVersion = false
  await restartAgent()
  const held = await get(vm)
  expect(held).toMatchObject({ state: 'unreadable', allowedActions: [], heldBack: { reason: 'vm_description_newer' } })
  expect(held.heldBack?.message).toContain(
    `VM "newer" is held back: its description on its host (${descriptionOf(viv, vm.id)})`,
  )
  const params = { vmId: vm.id }
  const refused = { code: 'invalid_state', body: { blockers: [{ reason: 'vm_description_newer' }] } }
  await expect(viv.client.vmStart({ params })).rejects.toMatchObject(refused)
  await expect(viv.client.vmStop({ params, body: { mode: 'force' } })).rejects.toMatchObject(refused)
  await expect(viv.client.vmPurge({ params })).rejects.toMatchObject(refused)
  // Everybody else is served.
  const other = await running('other')
  await forceStop(other)
  await viv.follow(await viv.client.vmPurge({ params: { vmId: other.id } }))
  expect((await viv.qemus()).get(vm.id)).toBe(vm.pid)
  expect(await readFile(descriptionOf(viv, vm.id), 'utf8')).toBe(text)

  viv.isNewerVersion = true
  await restartAgent()
  expect(await get(vm)).toMatchObject({ state: 'running', pid: vm.pid })
  expect(await get(vm)).not.toHaveProperty('heldBack')
  await remove(vm)
})
