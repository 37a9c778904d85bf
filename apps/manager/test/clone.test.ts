import type { Vm } from '@viv/api'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Answer, Platform } from './platform.ts'

let platform: Platform
beforeEach(async () => {
  platform = await Platform.start()
})
afterEach(() => platform[Symbol.asyncDispose]())

const get = async (vmId: string) => (await platform.call('GET', `/v1/vms/${vmId}`)).body as unknown as Vm
const clone = (vmId: string, body: object, query = 'wait=30') =>
  platform.call('POST', `/v1/vms/${vmId}/actions/clone?${query}`, { body })
const reasons = ({ body }: Answer) => (body['blockers'] as { reason: string }[]).map(({ reason }) => reason)
const forward = (hostPort: number) => ({ bind: 'loopback', protocol: 'tcp', hostPort, guestPort: 22 })

test('a clone is another VM with the same hardware, and stands alone', async () => {
  const imageId = await platform.imageId()
  const sourceId = await platform.vm('web', {
    disks: [{ sizeMib: 64 }],
    cpus: 2,
    notes: 'the first',
    tags: ['shop'],
    forwards: [forward(2222)],
  })
  const plan = (await clone(sourceId, { name: 'web-2', forwards: [forward(2223)] }, 'plan=true')).body
  expect(plan).toMatchObject({
    allowed: true,
    effects: [
      { effect: 'vm_cloned', facts: { name: 'web-2', source: 'web', cpus: 2 } },
      { effect: 'disks_cloned', facts: { count: 2 } },
      { effect: 'room_taken', facts: { neededMib: 512 } },
      { effect: 'port_forwarded' },
    ],
    warnings: [{ warning: 'forward_not_copied', facts: { port: 2222, name: 'web' } }],
  })
  const { body: task } = await clone(sourceId, { name: 'web-2', forwards: [forward(2223)], start: true })
  expect(task).toMatchObject({ state: 'succeeded', action: 'vmClone', target: { name: 'web-2' } })
  await platform.call('GET', `/v1/tasks/${String(task['followedBy'])}?wait=30`)
  const vmId = (task['target'] as { id: string }).id
  const [source, made] = [await get(sourceId), await get(vmId)]
  expect(made).toMatchObject({ state: 'running', notes: 'the first', tags: ['shop'], imageId })
  const machine = ({ hardware: { disks: _disks, nics: _nics, ...rest } }: Vm) => rest
  expect(machine(made)).toEqual(machine(source))
  const volumes = [...source.hardware.disks, ...made.hardware.disks].map(({ volumeId }) => volumeId)
  expect(new Set(volumes).size).toBe(4)
  const places = ({ hardware }: Vm) => hardware.disks.map(({ volumeId: _own, ...place }) => place)
  expect(places(made)).toEqual(places(source))
  expect(made.hardware.nics[0]?.mac).not.toBe(source.hardware.nics[0]?.mac)
  expect(made.hardware.nics[0]?.forwards).toEqual([forward(2223)])
  // Nothing holds the one that was copied any more, and the image is needed by it alone.
  expect((await get(sourceId)).taskId).toBeUndefined()
  await platform.call('DELETE', `/v1/vms/${sourceId}?purge=true&wait=30`)
  expect((await platform.call('DELETE', `/v1/images/${imageId}?wait=30`)).body).toMatchObject({ state: 'succeeded' })
  const { body } = await platform.call('GET', `/v1/history?objectId=${vmId}`)
  expect(body['items']).toMatchObject([{ action: 'vmClone' }])
  expect(platform.manager!.parts.documents.vms.get(vmId).value.uidIndex).not.toBe(undefined)
})

test('what stands in the way is told, each with its fix', async () => {
  const sourceId = await platform.vm('web', { start: true, forwards: [forward(2222)] })
  const refused = await clone(sourceId, {
    name: 'WEB',
    hostId: '00000000-0000-4000-8000-000000000000',
    forwards: [forward(2222)],
  })
  expect(reasons(refused)).toEqual(['vm_state', 'name_taken', 'clone_elsewhere', 'port_taken'])
  expect(refused.body['blockers']).toMatchObject([
    { fix: { path: `/v1/vms/${sourceId}/actions/stop` } },
    {},
    { fix: { action: 'vmClone', body: { name: 'WEB' } } },
    {},
  ])
})

test('room is looked at before, and told with figures', async () => {
  await platform[Symbol.asyncDispose]()
  const MIB = 1024 * 1024
  const datastore = { id: '99999999-9999-4999-8999-999999999999', totalBytes: 300 * MIB, freeBytes: 100 * MIB }
  platform = await Platform.start({ facts: { datastore } })
  const sourceId = await platform.vm('web')
  const refused = await clone(sourceId, { name: 'web-2' })
  expect(refused.body['blockers']).toMatchObject([
    { reason: 'no_room_to_copy', facts: { name: 'web', neededMib: 256, freeMib: 100 } },
  ])
})

test('the one that is copied is held until the end, and free when the copy is cancelled', async () => {
  let begin: () => void = () => undefined
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  await platform[Symbol.asyncDispose]()
  platform = await Platform.start({
    wrapHandlers: (handlers) => ({
      ...handlers,
      volumeCopy: {
        ...handlers.volumeCopy,
        run: (_input, { signal }) => {
          begin()
          return new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason as Error))
          })
        },
      },
    }),
  })
  const sourceId = await platform.vm('web')
  const before = [...platform.agent!.host.world.volumes]
  const { body: task } = await clone(sourceId, { name: 'web-2' }, 'wait=0')
  await begun
  const started = await platform.call('POST', `/v1/vms/${sourceId}/actions/start`)
  expect(reasons(started)).toEqual(['busy'])
  const { body: held } = await platform.call('GET', `/v1/tasks/${String(task['id'])}`)
  expect(held).toMatchObject({ cancellable: true, step: 'Copying the disk' })
  await platform.call('POST', `/v1/tasks/${String(task['id'])}/actions/cancel`)
  const { body: ended } = await platform.call('GET', `/v1/tasks/${String(task['id'])}?wait=30`)
  expect(ended).toMatchObject({ state: 'cancelled' })
  expect([...platform.agent!.host.world.volumes]).toEqual(before)
  const { documents } = platform.manager!.parts
  expect(
    [documents.vms.ids(), documents.macs.ids(), documents.vmUids.ids(), documents.claims.ids()].map(
      (ids) => [...ids].length,
    ),
  ).toEqual([1, 1, 1, 0])
})
