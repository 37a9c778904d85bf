import type { Vm } from '@viv/api'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Answer, Platform } from './platform.ts'

let platform: Platform
beforeEach(async () => {
  platform = await Platform.start()
})
afterEach(() => platform[Symbol.asyncDispose]())

const get = async (vmId: string) => (await platform.call('GET', `/v1/vms/${vmId}`)).body as unknown as Vm
const change = (vmId: string, body: object, query = 'wait=30') =>
  platform.call('POST', `/v1/vms/${vmId}/actions/change-disc?${query}`, { body })
const reasons = ({ body }: Answer) => (body['blockers'] as { reason: string }[]).map(({ reason }) => reason)
const effects = ({ body }: Answer) => (body['effects'] as { effect: string }[]).map(({ effect }) => effect)
const configOf = (vmId: string) => platform.agent!.host.world.configs.get(vmId)?.hardware.cd

let isoId: string
beforeEach(async () => {
  const query = 'name=installer&kind=iso'
  const headers = { 'content-type': 'application/octet-stream' }
  isoId = String((await platform.call('POST', `/v1/images?${query}`, { raw: 'iso', headers })).body['id'])
})

test('a VM is made with a CD to install from, and nothing else to start from', async () => {
  const body = { name: 'new', cd: { imageId: isoId }, disks: [{ sizeMib: 64 }] }
  const plan = await platform.call('POST', '/v1/vms?plan=true', { body })
  expect(plan.body).toMatchObject({ allowed: true })
  expect(effects(plan)).toContain('cd_made_with')
  const made = await platform.call('POST', '/v1/vms?wait=30', { body })
  const vm = await get((made.body['target'] as { id: string }).id)
  expect(vm.hardware.cd).toMatchObject({ bus: 'sata', unit: 5, disc: { imageId: isoId } })
  const nothing = await platform.call('POST', '/v1/vms', { body: { name: 'none', cd: {} } })
  expect(reasons(nothing)).toEqual(['nothing_to_boot'])
})

test('the drive takes the place that disks leave, and one of those that they may have', async () => {
  const disks = (count: number) => Array.from({ length: count }, () => ({ sizeMib: 1, bus: 'ide' }))
  const vmId = await platform.vm('old', { machine: 'pc', disks: disks(3), cd: {} })
  expect((await get(vmId)).hardware.cd).toEqual({ bus: 'ide', unit: 3 })
  const imageId = await platform.imageId()
  const full = { name: 'full', imageId, machine: 'pc', disks: disks(4), cd: {} }
  expect(reasons(await platform.call('POST', '/v1/vms', { body: full }))).toEqual(['bus_full'])
})

test('discs are inserted and ejected, told to the host, and kept as long as they are in a drive', async () => {
  const vmId = await platform.vm('web', { cd: {}, start: true })
  expect(effects(await change(vmId, { imageId: isoId }, 'plan=true'))).toEqual(['disc_inserted'])
  expect((await change(vmId, { imageId: isoId })).body).toMatchObject({ state: 'succeeded' })
  const { cd } = (await get(vmId)).hardware
  expect(cd?.disc?.imageId).toBe(isoId)
  expect(configOf(vmId)).toEqual(cd)
  // Again changes nothing.
  expect(effects(await change(vmId, { imageId: isoId }, 'plan=true'))).toEqual(['nothing_changes'])
  const refused = await platform.call('DELETE', `/v1/images/${isoId}`)
  expect(reasons(refused)).toEqual(['image_in_drive'])
  expect((await change(vmId, { force: true }, 'plan=true')).body).toMatchObject({
    effects: [{ effect: 'disc_ejected' }],
    warnings: [{ warning: 'disc_forced' }],
  })
  expect((await change(vmId, {})).body).toMatchObject({ state: 'succeeded' })
  expect((await get(vmId)).hardware.cd).toEqual({ bus: 'sata', unit: 5 })
  expect(configOf(vmId)).toEqual({ bus: 'sata', unit: 5 })
  expect((await platform.call('DELETE', `/v1/images/${isoId}?wait=30`)).body).toMatchObject({ state: 'succeeded' })
})

test('only an ISO image is a disc, and an ISO image is nothing else', async () => {
  const vmId = await platform.vm('web', { cd: {} })
  expect(reasons(await change(vmId, { imageId: await platform.imageId() }))).toEqual(['image_kind'])
  const asDisk = await platform.call('POST', '/v1/vms', { body: { name: 'one', imageId: isoId } })
  expect(reasons(asDisk)).toEqual(['image_is_iso'])
  const [{ fix }] = asDisk.body['blockers'] as [{ fix: { body: object } }]
  expect((await platform.call('POST', '/v1/vms?plan=true', { body: fix.body })).body).toMatchObject({ allowed: true })
  const asKernel = { name: 'two', kernel: { kernelImageId: isoId } }
  expect(reasons(await platform.call('POST', '/v1/vms', { body: asKernel }))).toEqual(['image_is_iso'])
})

test('a VM without a drive gets one only while it stands', async () => {
  const vmId = await platform.vm('web', { start: true })
  expect(reasons(await change(vmId, { imageId: isoId }))).toEqual(['cd_drive_missing'])
  await platform.call('POST', `/v1/vms/${vmId}/actions/stop?wait=30`, { body: { mode: 'force' } })
  expect(reasons(await change(vmId, {}))).toEqual(['cd_drive_missing'])
  expect(effects(await change(vmId, { imageId: isoId }, 'plan=true'))).toEqual(['cd_added', 'disc_inserted'])
  expect((await change(vmId, { imageId: isoId })).body).toMatchObject({ state: 'succeeded' })
  expect((await get(vmId)).hardware.cd).toMatchObject({ disc: { imageId: isoId } })
})

test('a drive is added and removed with its disc while the VM stands; its host and the history know both', async () => {
  const vmId = await platform.vm('web')
  const cd = (method: string, query = 'wait=30') => platform.call(method, `/v1/vms/${vmId}/cd?${query}`)
  expect(reasons(await cd('DELETE'))).toEqual(['cd_unknown'])
  expect(effects(await cd('POST', 'plan=true'))).toEqual(['cd_added'])
  expect((await cd('POST')).body).toMatchObject({ state: 'succeeded' })
  expect((await get(vmId)).hardware.cd).toEqual({ bus: 'sata', unit: 5 })
  expect(configOf(vmId)).toEqual({ bus: 'sata', unit: 5 })
  expect(reasons(await cd('POST'))).toEqual(['cd_there'])
  expect((await change(vmId, { imageId: isoId })).body).toMatchObject({ state: 'succeeded' })
  expect(effects(await cd('DELETE', 'plan=true'))).toEqual(['disc_ejected', 'cd_removed'])
  expect((await cd('DELETE')).body).toMatchObject({ state: 'succeeded' })
  expect((await get(vmId)).hardware.cd).toBeUndefined()
  expect(configOf(vmId)).toBeUndefined()
  expect((await platform.call('DELETE', `/v1/images/${isoId}?wait=30`)).body).toMatchObject({ state: 'succeeded' })
  const { body } = await platform.call('GET', `/v1/history?objectId=${vmId}&sort=-at`)
  const actions = (body['items'] as { action: string }[]).map(({ action }) => action)
  expect(actions).toEqual(['vmCdRemove', 'vmChangeDisc', 'vmCdAdd', 'vmCreate'])
})

test('the drive is not removed where nothing else is left to start from, nor added where disks have its places', async () => {
  const body = { name: 'new', cd: { imageId: isoId }, bootOrder: ['cd'], disks: [{ sizeMib: 64 }] }
  const made = await platform.call('POST', '/v1/vms?wait=30', { body })
  const newId = (made.body['target'] as { id: string }).id
  expect(reasons(await platform.call('DELETE', `/v1/vms/${newId}/cd`))).toEqual(['nothing_left_to_boot'])
  const disks = Array.from({ length: 4 }, () => ({ sizeMib: 1, bus: 'ide' }))
  const fullId = await platform.vm('full', { machine: 'pc', disks })
  expect(reasons(await platform.call('POST', `/v1/vms/${fullId}/cd`))).toEqual(['cd_no_place'])
})

test('disks then CD is what no order means; with a drive disks alone are another', async () => {
  const orderOf = async (name: string, bootOrder: string[]) =>
    (await get(await platform.vm(name, { cd: {}, bootOrder }))).hardware.bootOrder
  expect(await orderOf('one', ['disk', 'cd'])).toBeUndefined()
  expect(await orderOf('two', ['disk'])).toEqual(['disk'])
  expect(await orderOf('three', ['cd', 'disk'])).toEqual(['cd', 'disk'])
})
