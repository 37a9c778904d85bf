import { join } from 'node:path'
import { foldersOf } from '@viv/common'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit } from '../support/audit.ts'
import { BadWire } from '../support/bad-wire.ts'
import { Installation, until } from '../support/installation.ts'
import { randomFrom } from '../support/random.ts'

/** A proxy between manager and agent that delays, duplicates and cuts; the work goes on all the same. */
let viv: Installation
let wire: BadWire
const seed = Number(process.env['VIV_SEED'] ?? Date.now() % 1_000_000)
beforeAll(async () => {
  viv = await Installation.create()
  await viv.follow(await viv.client.imageBuild({ params: { imageId: await viv.image() } }))
  await viv.kill('manager')
  wire = new BadWire(foldersOf(viv.root).agentSocket, randomFrom(seed))
  await wire.listen(join(viv.root, 'wire.sock'))
  await viv.startManager(join(viv.root, 'wire.sock'))
  await viv.hostKnown()
})
afterAll(async () => {
  await viv?.[Symbol.asyncDispose]()
  await wire?.[Symbol.asyncDispose]()
})

test(`every task ends as asked over a bad wire, and late duplicates change nothing (seed ${seed})`, async () => {
  wire.faults = { delayRequest: 0.4, duplicate: 0.5, cutRequest: 0.25, cutReply: 0.25 }
  for (let round = 0; round < 4; round++) {
    const vm = await viv.vmCreate(`bad-${round}`, { start: true })
    wire.cut()
    await viv.follow(await viv.client.vmStop({ params: { vmId: vm.id }, body: { mode: 'force' } }))
    await viv.follow(await viv.client.vmPurge({ params: { vmId: vm.id } }))
  }
  expect(Object.values(wire.counts).every((count) => count > 0)).toBe(true)
  await wire.settled()
  await viv.hostKnown()
  expect(await audit(viv)).toEqual([])
})

test('a start whose duplicate comes after a stop does not start the machine again', async () => {
  wire.faults = { delayRequest: 0, duplicate: 1, cutRequest: 0, cutReply: 0 }
  const vm = await viv.vmCreate('late', { start: true })
  await viv.follow(await viv.client.vmStop({ params: { vmId: vm.id }, body: { mode: 'force' } }))
  await wire.settled()
  expect(await viv.client.vmGet({ params: { vmId: vm.id } })).toMatchObject({ state: 'stopped' })
  expect((await viv.qemus()).size).toBe(0)
  await viv.follow(await viv.client.vmPurge({ params: { vmId: vm.id } }))
  await wire.settled()
  expect(await audit(viv)).toEqual([])
})

test('a machine that dies while the agent cannot be reached is shown so within a second of reconnecting', async () => {
  wire.faults = { delayRequest: 0, duplicate: 0, cutRequest: 0, cutReply: 0 }
  const vm = await viv.vmCreate('unseen', { start: true })
  wire.isDown = true
  wire.cut()
  const seen = () => viv.client.vmGet({ params: { vmId: vm.id } })
  await until('the host is shown unreachable', async () => (await seen()).hostReachable === false)
  process.kill((await viv.qemus()).get(vm.id) ?? 0, 'SIGKILL')
  await until('QEMU is gone', async () => (await viv.qemus()).size === 0)
  // Never a guessed state: the last one, and its age.
  expect(await seen()).toMatchObject({ state: 'running', hostReachable: false, statusAt: expect.any(String) })
  wire.isDown = false
  await viv.hostKnown()
  const connectedAt = Date.now()
  await expect
    .poll(seen, { timeout: 1_000, interval: 20 })
    .toMatchObject({ state: 'crashed', exit: { cause: 'died', code: 137 } })
  expect(Date.now() - connectedAt).toBeLessThan(1_000)
  await viv.follow(await viv.client.vmPurge({ params: { vmId: vm.id } }))
  expect(await audit(viv)).toEqual([])
})
