import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit } from '../support/audit.ts'
import { Installation } from '../support/installation.ts'
import { Serial } from '../support/serial.ts'

let viv: Installation
beforeAll(async () => {
  viv = await Installation.create()
})
afterAll(() => viv?.[Symbol.asyncDispose]())

const params = (vmId: string) => ({ params: { vmId } })
const forceStop = async (vmId: string) =>
  viv.follow(await viv.client.vmStop({ ...params(vmId), body: { mode: 'force' } }))

test('a clone starts with all that its source had written, and needs nothing of it', async () => {
  const source = await viv.vmCreate('source', { start: true, disks: [{ sizeMib: 16 }] })
  {
    using serial = await Serial.open(viv.root, source.id)
    await serial.logIn()
    serial.type('echo kept > /root/note; sync; echo do""ne\r')
    await serial.expect('done')
  }
  await expect(viv.client.vmClone({ ...params(source.id), body: { name: 'twin' } })).rejects.toMatchObject({
    code: 'invalid_state',
  })
  await viv.follow(await viv.client.vmStop({ ...params(source.id), body: {} }))
  const task = await viv.follow(await viv.client.vmClone({ ...params(source.id), body: { name: 'twin' } }))
  expect(await audit(viv)).toEqual([])
  const twin = await viv.client.vmGet(params(task.target.id))
  await viv.follow(await viv.client.vmPurge(params(source.id)))
  const image = await viv.image()
  await viv.follow(await viv.client.imageDelete({ params: { imageId: image } }))
  await viv.follow(await viv.client.vmStart(params(twin.id)))
  {
    using serial = await Serial.open(viv.root, twin.id)
    await serial.logIn()
    serial.type('cat /root/note; cat /sys/class/net/*/address; cat /proc/partitions\r')
    await serial.expect('kept')
    await serial.expect(twin.hardware.nics[0]?.mac ?? 'a MAC')
    await serial.expect('16384')
  }
  await forceStop(twin.id)
  await viv.follow(await viv.client.vmPurge(params(twin.id)))
  expect(await audit(viv)).toEqual([])
})
