import { execFile } from 'node:child_process'
import { mkdir, rm, statfs, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Vm } from '@viv/api'
import { foldersOf } from '@viv/common'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit } from '../support/audit.ts'
import { Installation } from '../support/installation.ts'
import { Serial } from '../support/serial.ts'

const run = promisify(execFile)
const MIB = 1024 ** 2
/** The image takes 32 MiB of it. */
const DATASTORE_MIB = 160
/** Less than this left is not worth going on for. */
const LEAST_ROOM_MIB = 16

let viv: Installation
let datastores: string
beforeAll(async () => {
  viv = await Installation.create(async (root) => {
    datastores = foldersOf(root).datastores
    await mkdir(datastores, { recursive: true, mode: 0o711 })
    await run('mount', ['-t', 'tmpfs', '-o', `size=${DATASTORE_MIB}m,mode=711`, 'none', datastores])
  })
})
afterAll(async () => {
  // Its machines have files open there until the installation ends them.
  if (datastores !== undefined) await run('umount', ['--lazy', datastores])
  await viv?.[Symbol.asyncDispose]()
})

const get = (vm: Vm): Promise<Vm> => viv.client.vmGet({ params: { vmId: vm.id } })
const ballast = (): string => join(datastores, 'ballast')

/** Takes room away until that much is left. */
async function leaveRoom(mib: number): Promise<void> {
  const { bavail, bsize } = await statfs(datastores)
  await writeFile(ballast(), Buffer.alloc(bavail * bsize - mib * MIB))
}

test('a guest that fills its datastore is paused, loses nothing, and goes on by itself when there is room', async () => {
  const vm = await viv.vmCreate('writer', { start: true })
  using serial = await Serial.open(viv.root, vm.id)
  await serial.logIn()
  await leaveRoom(8)
  serial.type('head -c 40m /dev/urandom | tee /root/fill | md5sum; sync; echo written""\r')
  await expect
    .poll(() => get(vm), { timeout: 60_000 })
    .toMatchObject({ state: 'paused', pauseReason: 'disk_full', pid: vm.pid })
  expect((await get(vm)).allowedActions).toContain('forceStop')

  // Its reason is QEMU's own word, not an event that an agent heard once.
  await viv.kill('agent')
  await viv.startAgent()
  await viv.hostKnown()
  expect(await get(vm)).toMatchObject({ state: 'paused', pauseReason: 'disk_full', pid: vm.pid })

  await truncate(ballast(), LEAST_ROOM_MIB * MIB)
  await expect.poll(() => get(vm), { timeout: 15_000 }).toMatchObject({ state: 'running', pid: vm.pid })
  expect((await get(vm)).pauseReason).toBeUndefined()

  using again = await Serial.open(viv.root, vm.id)
  const sum = /([0-9a-f]{32})/.exec(await again.expect('written'))?.[1]
  again.type('echo 3 > /proc/sys/vm/drop_caches; md5sum /root/fill; echo re""ad\r')
  expect(await again.expect('read')).toContain(sum)
  await rm(ballast())
  await viv.follow(await viv.client.vmStop({ params: { vmId: vm.id }, body: { mode: 'force' } }))
  await viv.follow(await viv.client.vmPurge({ params: { vmId: vm.id } }))
  expect(await audit(viv)).toEqual([])
})

test('a VM is not hibernated where its memory would not fit, and runs on', async () => {
  const vm = await viv.vmCreate('large', { start: true, memoryMib: 64 })
  await leaveRoom(32)
  const task = await viv.client.vmHibernate({ params: { vmId: vm.id }, query: { wait: '30' } })
  expect(task).toMatchObject({ state: 'failed', error: { code: 'insufficient_storage' } })
  expect(await get(vm)).toMatchObject({ state: 'running', pid: vm.pid })
  await rm(ballast())
  await viv.follow(await viv.client.vmStop({ params: { vmId: vm.id }, body: { mode: 'force' } }))
  await viv.follow(await viv.client.vmPurge({ params: { vmId: vm.id } }))
  expect(await audit(viv)).toEqual([])
})

test('several machines that wait for room are each let go on, and one of them can be forced to stop', async () => {
  const vms: Vm[] = []
  const lines: Serial[] = []
  using open = new DisposableStack()
  for (const name of ['first', 'second']) {
    const vm = await viv.vmCreate(name, { start: true })
    const line = open.use(await Serial.open(viv.root, vm.id))
    await line.logIn()
    vms.push(vm)
    lines.push(line)
  }
  await leaveRoom(2)
  for (const line of lines) line.type('head -c 12m /dev/urandom > /root/fill; sync; echo written""\r')
  for (const vm of vms)
    await expect.poll(() => get(vm), { timeout: 60_000 }).toMatchObject({ pauseReason: 'disk_full' })
  const [first, second] = vms as [Vm, Vm]
  await viv.follow(await viv.client.vmStop({ params: { vmId: first.id }, body: { mode: 'force' } }))
  expect(await get(first)).toMatchObject({ state: 'stopped' })
  expect((await get(first)).pauseReason).toBeUndefined()
  await rm(ballast())
  await expect.poll(() => get(second), { timeout: 15_000 }).toMatchObject({ state: 'running' })
  await lines[1]?.expect('written')
  await viv.follow(await viv.client.vmStop({ params: { vmId: second.id }, body: { mode: 'force' } }))
  for (const vm of vms) await viv.follow(await viv.client.vmPurge({ params: { vmId: vm.id } }))
  expect(await audit(viv)).toEqual([])
})
