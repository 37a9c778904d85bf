import { readdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit } from '../support/audit.ts'
import { Installation } from '../support/installation.ts'
import { Serial } from '../support/serial.ts'

let viv: Installation
beforeAll(async () => {
  viv = await Installation.create()
})
afterAll(() => viv?.[Symbol.asyncDispose]())

test('a VM from micro: made, started, logged in to, shut down by its agent, started again, deleted', async () => {
  const vm = await viv.vmCreate('web', { start: true })
  expect(vm).toMatchObject({ state: 'running', runsBy: 'tcg', hostReachable: true })
  expect([...(await viv.qemus()).keys()]).toEqual([vm.id])
  {
    using serial = await Serial.open(viv.root, vm.id)
    await serial.expect('micro login:')
    await serial.logIn()
    serial.type('echo kept > /root/note; sync; echo do""ne\r')
    await serial.expect('done')
  }
  const stop = await viv.follow(await viv.client.vmStop({ params: { vmId: vm.id }, body: {} }))
  expect(stop.output).toMatchObject({ stop: { by: 'guest-agent' } })
  expect(await viv.client.vmGet({ params: { vmId: vm.id } })).toMatchObject({
    state: 'stopped',
    exit: { cause: 'powered_off' },
  })
  expect((await viv.qemus()).size).toBe(0)
  expect(await audit(viv)).toEqual([])

  await viv.follow(await viv.client.vmStart({ params: { vmId: vm.id } }))
  {
    using serial = await Serial.open(viv.root, vm.id)
    await serial.logIn()
    serial.type('cat /root/note\r')
    await serial.expect('kept')
  }
  await viv.follow(await viv.client.vmReset({ params: { vmId: vm.id } }))
  await expect.poll(async () => (await viv.client.vmGet({ params: { vmId: vm.id } })).resets).toBeGreaterThan(0)
  await viv.follow(await viv.client.vmStop({ params: { vmId: vm.id }, body: { mode: 'force' } }))
  await viv.follow(await viv.client.vmPurge({ params: { vmId: vm.id } }))
  expect((await viv.client.vmList()).items).toEqual([])
  expect(await audit(viv)).toEqual([])
})

test('a guest that does not shut down in time: told so, and it runs on', async () => {
  // In the first second of its boot nobody in the guest listens.
  const vm = await viv.vmCreate('deaf', { start: true })
  const { pid } = vm
  const task = await viv.client.vmStop({ params: { vmId: vm.id }, body: { timeoutSeconds: 1 }, query: { wait: '30' } })
  expect(task).toMatchObject({ state: 'failed', error: { code: 'timeout' } })
  expect(task.error?.message).toContain('viv vm stop deaf --force')
  expect(await viv.client.vmGet({ params: { vmId: vm.id } })).toMatchObject({ state: 'running', pid })
  // Forcing it does not wait for a safe stop that is still waiting: that one is cancelled.
  const waiting = await viv.client.vmStop({ params: { vmId: vm.id }, body: { timeoutSeconds: 600 } })
  await viv.follow(await viv.client.vmStop({ params: { vmId: vm.id }, body: { mode: 'force' } }))
  expect(await viv.client.taskGet({ params: { taskId: waiting.id } })).toMatchObject({ state: 'cancelled' })
  await viv.follow(await viv.client.vmPurge({ params: { vmId: vm.id } }))
  expect(await audit(viv)).toEqual([])
})

test('a full copy needs nothing of its image, and empty disks stand beside it', async () => {
  const vm = await viv.vmCreate('copy', { imageUse: 'copy', diskMib: 512, disks: [{ sizeMib: 64 }], start: true })
  using serial = await Serial.open(viv.root, vm.id)
  await serial.logIn()
  serial.type('cat /proc/partitions\r')
  await serial.expect('524288')
  await serial.expect('65536')
  await viv.follow(await viv.client.vmStop({ params: { vmId: vm.id }, body: { mode: 'force' } }))
  await viv.follow(await viv.client.vmPurge({ params: { vmId: vm.id } }))
  expect(await audit(viv)).toEqual([])
})

test('QEMU that refuses to start: the task fails with its own words, and nothing is left', async () => {
  const server = createServer()
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
  )
  try {
    const vm = await viv.vmCreate('clash', {
      forwards: [{ protocol: 'tcp', bind: 'loopback', hostPort: port, guestPort: 22 }],
    })
    const task = await viv.client.vmStart({ params: { vmId: vm.id }, query: { wait: '30' } })
    expect(task).toMatchObject({ state: 'failed' })
    expect(task.error?.message).toContain('Could not set up host forwarding rule')
    expect(await viv.client.vmGet({ params: { vmId: vm.id } })).toMatchObject({ state: 'stopped' })
    await viv.follow(await viv.client.vmPurge({ params: { vmId: vm.id } }))
  } finally {
    server.close()
  }
  expect(await audit(viv)).toEqual([])
})

test('viewers of a serial line come and go, and leave no connection behind', async () => {
  const vm = await viv.vmCreate('seen', { start: true })
  const sockets = async () => (await readdir(`/proc/${viv.agent.pid}/fd`)).length
  {
    using first = await Serial.open(viv.root, vm.id)
    await first.expect('micro login:')
  }
  const before = await sockets()
  for (let round = 0; round < 5; round++) {
    using serial = await Serial.open(viv.root, vm.id)
    // Who comes later still sees the last screens.
    await serial.expect('micro login:')
  }
  await expect.poll(sockets).toBeLessThanOrEqual(before)
  await viv.follow(await viv.client.vmStop({ params: { vmId: vm.id }, body: { mode: 'force' } }))
  await viv.follow(await viv.client.vmPurge({ params: { vmId: vm.id } }))
})

test('a start right after a stop, twenty times', async () => {
  const vm = await viv.vmCreate('again')
  const params = { vmId: vm.id }
  for (let round = 0; round < 20; round++) {
    await viv.follow(await viv.client.vmStart({ params }))
    await viv.follow(await viv.client.vmStop({ params, body: { mode: 'force' } }))
  }
  await viv.follow(await viv.client.vmPurge({ params }))
  expect(await audit(viv)).toEqual([])
})

test('a guest that panics is shown crashed, and a start makes it run again', async () => {
  const vm = await viv.vmCreate('panic', { start: true, memoryMib: 256 })
  const get = () => viv.client.vmGet({ params: { vmId: vm.id } })
  {
    using serial = await Serial.open(viv.root, vm.id)
    await serial.logIn()
    serial.type('echo c > /proc/sysrq-trigger\r')
    await expect.poll(get, { timeout: 30_000 }).toMatchObject({ state: 'crashed', exit: { cause: 'panicked' } })
  }
  await viv.follow(await viv.client.vmStart({ params: { vmId: vm.id } }))
  const now = await get()
  expect(now).toMatchObject({ state: 'running' })
  expect(now.exit).toBeUndefined()
  expect(now.pid).not.toBe(vm.pid)
  await viv.follow(await viv.client.vmStop({ params: { vmId: vm.id }, body: { mode: 'force' } }))
  await viv.follow(await viv.client.vmPurge({ params: { vmId: vm.id } }))
  expect(await audit(viv)).toEqual([])
})
