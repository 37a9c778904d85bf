import { join } from 'node:path'
import { foldersOf } from '@viv/common'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit } from '../support/audit.ts'
import { BadWire } from '../support/bad-wire.ts'
import { Installation } from '../support/installation.ts'
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
    await viv.follow(await viv.client.vmDelete({ params: { vmId: vm.id } }))
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
  await viv.follow(await viv.client.vmDelete({ params: { vmId: vm.id } }))
  await wire.settled()
  expect(await audit(viv)).toEqual([])
})
