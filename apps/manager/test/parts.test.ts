import type { Vm } from '@viv/api'
import { afterEach, expect, test } from 'vitest'
import { type Answer, Platform, until } from './platform.ts'

let platform: Platform
afterEach(() => platform[Symbol.asyncDispose]())

const get = async (vmId: string) => (await platform.call('GET', `/v1/vms/${vmId}`)).body as unknown as Vm
const call = (method: string, vmId: string, path: string, body?: object, query = 'wait=30') =>
  platform.call(method, `/v1/vms/${vmId}/${path}?${query}`, body === undefined ? {} : { body })
const reasons = ({ body }: Answer) => (body['blockers'] as { reason: string }[]).map(({ reason }) => reason)
const known = (vmId: string) => platform.agent!.host.world.configs.get(vmId)?.hardware
const succeeded = ({ body }: Answer) => expect(body['state'], JSON.stringify(body)).toBe('succeeded')
const forward = (hostPort: number) => ({ bind: 'loopback', protocol: 'tcp', hostPort, guestPort: 22 })

test('a disk is added on the bus of the others and removed with its volume; its host and the history know both', async () => {
  platform = await Platform.start()
  const vmId = await platform.vm('web', { diskBus: 'sata' })
  const volumes = () => platform.agent!.host.world.volumes
  const before = new Set(volumes())
  const plan = await call('POST', vmId, 'disks', { sizeMib: 64 }, 'plan=true')
  expect(plan.body).toMatchObject({
    allowed: true,
    effects: [{ effect: 'disk_added', facts: { name: 'web', sizeMib: 64, slot: 2, bus: 'sata' } }],
  })
  succeeded(await call('POST', vmId, 'disks', { sizeMib: 64 }))
  const { disks } = (await get(vmId)).hardware
  expect(disks).toMatchObject([
    { bus: 'sata', unit: 0 },
    { slot: 2, bus: 'sata', unit: 1 },
  ])
  expect(known(vmId)?.disks).toEqual(disks)
  const added = disks[1]?.volumeId ?? ''
  const sizes = (await get(vmId)).diskSizesMib
  expect(sizes).toEqual({ [disks[0]?.volumeId ?? '']: expect.any(Number), [added]: 64 })
  expect([...volumes()].filter((id) => !before.has(id))).toEqual([added])

  const removal = await call('DELETE', vmId, `disks/${added}`, undefined, 'plan=true')
  expect(removal.body).toMatchObject({
    allowed: true,
    warnings: [],
    effects: [{ effect: 'disk_removed', facts: { slot: 2, volume: added } }, { effect: 'not_taken_back' }],
  })
  succeeded(await call('DELETE', vmId, `disks/${added}`))
  expect((await get(vmId)).hardware.disks).toEqual([disks[0]])
  expect(Object.keys((await get(vmId)).diskSizesMib ?? {})).toEqual([disks[0]?.volumeId])
  expect(known(vmId)?.disks).toEqual([disks[0]])
  expect(new Set(volumes())).toEqual(before)
  const { body } = await platform.call('GET', `/v1/history?objectId=${vmId}&sort=-at`)
  expect(body['items']).toMatchObject([
    { action: 'vmDiskRemove', changes: [{ path: 'hardware.disks.1' }] },
    { action: 'vmDiskAdd', changes: [{ path: 'hardware.disks.1' }] },
    { action: 'vmCreate' },
  ])
})

test('what it boots from: the first disk with a word, the last not at all; the image is let go with its overlay', async () => {
  platform = await Platform.start()
  const imageId = await platform.imageId()
  const vmId = await platform.vm('web')
  const first = (await get(vmId)).hardware.disks[0]?.volumeId ?? ''
  expect(reasons(await call('DELETE', vmId, `disks/${first}`))).toEqual(['nothing_left_to_boot'])
  succeeded(await call('POST', vmId, 'disks', { sizeMib: 64, bus: 'scsi' }))
  expect(await call('DELETE', vmId, `disks/${first}`, undefined, 'plan=true')).toMatchObject({
    body: { allowed: true, warnings: [{ warning: 'boot_disk_removed', facts: { slot: 1, next: 2 } }] },
  })
  const deleteImage = () => platform.call('DELETE', `/v1/images/${imageId}?wait=30`)
  expect(reasons(await deleteImage())).toEqual(['image_in_use'])
  succeeded(await call('DELETE', vmId, `disks/${first}`))
  succeeded(await deleteImage())
  expect((await get(vmId)).hardware.scsi).toEqual({ pciSlot: 24 })
})

test('network cards come with a MAC of their own and go with it and with their ports', async () => {
  platform = await Platform.start()
  const vmId = await platform.vm('web', { nicModel: 'e1000e', forwards: [forward(2222)] })
  succeeded(await call('POST', vmId, 'nics', {}))
  const { nics } = (await get(vmId)).hardware
  expect(nics).toMatchObject([{ slot: 1 }, { slot: 2, model: 'e1000e', forwards: [], pciSlot: 17 }])
  expect(new Set(nics.map(({ mac }) => mac)).size).toBe(2)
  expect(known(vmId)?.nics).toEqual(nics)
  const removal = await call('DELETE', vmId, `nics/${nics[0]?.mac}`, undefined, 'plan=true')
  expect(removal.body).toMatchObject({
    effects: [
      { effect: 'nic_removed', facts: { slot: 1 } },
      { effect: 'forward_ended', facts: { hostPort: 2222 } },
    ],
  })
  succeeded(await call('DELETE', vmId, `nics/${nics[0]?.mac}`))
  expect((await get(vmId)).hardware.nics).toEqual([nics[1]])
  const { documents } = platform.manager!.parts
  expect(documents.macs.list().map(({ id }) => id)).toEqual([nics[1]?.mac])
  expect(documents.ports.list()).toEqual([])
  // Nobody keeps the port any more, and the VM can still be got rid of whole.
  await platform.vm('other', { forwards: [forward(2222)] })
  succeeded(await platform.call('DELETE', `/v1/vms/${vmId}?purge=true&wait=30`))
  expect(documents.macs.list().map(({ value }) => value.owner)).not.toContain(vmId)
})

test('what cannot be is refused by the thing and the way out', async () => {
  platform = await Platform.start()
  const vmId = await platform.vm('web', { disks: Array.from({ length: 6 }, () => ({ sizeMib: 8, bus: 'sata' })) })
  const full = await call('POST', vmId, 'disks', { sizeMib: 8, bus: 'sata' })
  expect(full.body).toMatchObject({ blockers: [{ reason: 'bus_full', fix: { body: { sizeMib: 8, bus: 'scsi' } } }] })
  const foreign = await call('POST', vmId, 'disks', { sizeMib: 8, bus: 'ide' })
  expect(foreign.body).toMatchObject({ blockers: [{ reason: 'bus_missing', fix: { body: { bus: 'sata' } } }] })
  succeeded(await call('POST', vmId, 'disks', { sizeMib: 8 }))
  expect(reasons(await call('POST', vmId, 'disks', { sizeMib: 8 }))).toEqual(['disks_full'])
  const strange = '00000000-0000-4000-8000-000000000000'
  expect(await call('DELETE', vmId, `disks/${strange}`)).toMatchObject({ status: 404 })
  expect(reasons(await call('DELETE', vmId, 'nics/52:54:00:00:00:00'))).toEqual(['nic_unknown'])
  expect(await call('POST', vmId, 'nics', { model: 'virtio-multiqueue' })).toMatchObject({
    body: { blockers: [{ reason: 'queues_need_bridge', fix: { body: { model: 'virtio' } } }] },
  })
  for (let more = 2; more <= 8; more++) succeeded(await call('POST', vmId, 'nics', {}))
  expect(reasons(await call('POST', vmId, 'nics', {}))).toEqual(['nics_full'])
})

test('a host that started the VM meanwhile refuses, and it is as before', async () => {
  platform = await Platform.start()
  const headers = { 'content-type': 'application/octet-stream' }
  const iso = await platform.call('POST', '/v1/images?name=installer&kind=iso', { raw: 'iso', headers })
  const cd = { imageId: String(iso.body['id']) }
  const vmId = await platform.vm('web', { disks: [{ sizeMib: 8 }], forwards: [forward(2222)], cd })
  const { disks, nics, cd: drive } = (await get(vmId)).hardware
  const { world } = platform.agent!.host
  const volumes = new Set(world.volumes)
  await platform.stopAgent()
  await until(async () => !(await get(vmId)).hostReachable)
  const begin = async (...args: Parameters<typeof call>) => (await call(...args)).body['id'] as string
  for (const [method, path, body] of [
    ['DELETE', `disks/${disks[1]?.volumeId}`, undefined],
    ['POST', 'disks', { sizeMib: 8 }],
    ['DELETE', `nics/${nics[0]?.mac}`, undefined],
    ['POST', 'nics', {}],
    ['DELETE', 'cd', undefined],
  ] as const) {
    const taskId = await begin(method, vmId, path, body, 'why=x')
    await platform.startAgent()
    const { host } = platform.agent!
    Object.assign(host.world, world)
    // As an agent does that finds its host booted, before the manager reaches it.
    host.say({ ...world.statuses.get(vmId)!, state: 'running', pid: 1, appliedRevision: 1 })
    const { body: task } = await platform.call('GET', `/v1/tasks/${taskId}?wait=30`)
    expect(task, JSON.stringify(task)).toMatchObject({ state: 'failed', error: { blockers: [{ reason: 'vm_state' }] } })
    const vm = await get(vmId)
    expect(vm.hardware).toMatchObject({ disks, nics, cd: drive })
    expect(new Set(world.volumes)).toEqual(volumes)
    const { documents } = platform.manager!.parts
    expect(documents.macs.list().map(({ id }) => id)).toEqual([nics[0]?.mac])
    expect(documents.ports.list()).toHaveLength(1)
    host.say({ ...world.statuses.get(vmId)!, state: 'stopped', pid: undefined } as never)
    await until(async () => (await get(vmId)).state === 'stopped')
    await platform.stopAgent()
    await until(async () => !(await get(vmId)).hostReachable)
  }
  await platform.startAgent()
})

test('an agent of the version before, which would not look whether the VM runs, is not asked', async () => {
  platform = await Platform.start({ features: ['autostart'] })
  const vmId = await platform.vm('web')
  expect(reasons(await call('POST', vmId, 'disks', { sizeMib: 8 }))).toEqual(['agent_too_old'])
  expect(reasons(await call('POST', vmId, 'nics', {}))).toEqual(['agent_too_old'])
})
