import { afterEach, beforeEach, expect, test } from 'vitest'
import { readPackage } from '../../../test/support/package.ts'
import { Platform, until } from './platform.ts'

let platform: Platform
beforeEach(async () => {
  platform = await Platform.start()
})
afterEach(() => platform[Symbol.asyncDispose]())

const pack = (vmId: string, query = '') => platform.call('POST', `/v1/vms/${vmId}/actions/pack${query}`)
const task = async (id: unknown) => (await platform.call('GET', `/v1/tasks/${String(id)}`)).body
const isReady = async (vmId: string) => (await platform.call('GET', `/v1/vms/${vmId}/package`)).status === 200
const forward = { bind: 'loopback', protocol: 'tcp', hostPort: 2222, guestPort: 22 }

test('a plan tells what is read, what is made for it and what stays', async () => {
  const vmId = await platform.vm('web', { disks: [{ sizeMib: 64 }], firmware: 'uefi', tpm: true, forwards: [forward] })
  expect((await pack(vmId, '?plan=true')).body).toMatchObject({
    allowed: true,
    effects: [
      { effect: 'vm_packed', facts: { name: 'web', count: 4 } },
      { effect: 'disks_flattened', facts: { count: 2 } },
      { effect: 'room_taken', facts: { neededMib: 512 } },
    ],
    warnings: [{ warning: 'package_tpm' }, { warning: 'package_forward', facts: { port: 2222 } }],
  })
})

test('a task waits for its reader, ends when all was read, and leaves no copy', async () => {
  const vmId = await platform.vm('web', { disks: [{ sizeMib: 64 }], firmware: 'uefi', notes: 'mine', tags: ['shop'] })
  const volumes = new Set(platform.agent!.host.world.volumes)
  const begun = (await pack(vmId)).body
  await until(() => isReady(vmId))
  expect(await task(begun['id'])).toMatchObject({ state: 'running', cancellable: true })
  expect((await platform.call('POST', `/v1/vms/${vmId}/actions/start`)).body).toMatchObject({ code: 'busy' })
  const { body } = await platform.call('GET', `/v1/vms/${vmId}/package`)
  expect(body).toMatchObject({ format: 'vivarium-vm', version: 1, name: 'web', notes: 'mine', tags: ['shop'] })
  expect(JSON.stringify(body)).not.toMatch(/volumeId|forwards|[0-9a-f]{8}-[0-9a-f]{4}-/)
  const parts = await readPackage(platform.folder, vmId)
  expect([...parts.keys()]).toEqual(['disk-1.qcow2', 'disk-2.qcow2', 'uefi-variables.fd'])
  expect(parts.get('uefi-variables.fd')?.toString()).toBe(`variables of ${vmId}`)
  await until(async () => (await task(begun['id']))['state'] === 'succeeded')
  expect(platform.agent!.host.world.volumes).toEqual(volumes)
  expect(await isReady(vmId)).toBe(false)
})

test('a manager that was restarted offers it again, and a cancelled task leaves nothing', async () => {
  const vmId = await platform.vm('web')
  const volumes = new Set(platform.agent!.host.world.volumes)
  const begun = (await pack(vmId)).body
  await until(() => isReady(vmId))
  await platform.stopManager()
  await platform.startManager()
  await until(() => isReady(vmId))
  await platform.call('POST', `/v1/tasks/${String(begun['id'])}/actions/cancel`)
  await until(async () => (await task(begun['id']))['state'] === 'cancelled')
  expect(platform.agent!.host.world.volumes).toEqual(volumes)
})

test('what is not there, or not ready, is refused', async () => {
  const vmId = await platform.vm('web')
  const read = (part: string) => platform.call('GET', `/v1/vms/${vmId}/package/${part}`)
  expect((await read('disk-1.qcow2')).body).toMatchObject({ code: 'invalid_state' })
  await pack(vmId)
  await until(() => isReady(vmId))
  expect((await read('tpm-state')).body).toMatchObject({ code: 'not_found' })
  expect((await read('..%2fvm.json')).body).toMatchObject({ code: 'invalid_request' })
})
