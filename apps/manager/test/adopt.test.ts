import { afterEach, beforeEach, expect, test } from 'vitest'
import { describePackage, sendPart } from '../../../test/support/package.ts'
import { Platform, until } from './platform.ts'

let platform: Platform
beforeEach(async () => {
  platform = await Platform.start()
})
afterEach(() => platform[Symbol.asyncDispose]())

const PARTS = new Map([
  ['disk-1.qcow2', Buffer.from('the first disk')],
  ['disk-2.qcow2', Buffer.alloc(300_000, 'second')],
  ['uefi-variables.fd', Buffer.from('variables')],
  ['tpm-state', Buffer.alloc(0)],
])
const MACHINE = {
  firmware: 'uefi',
  tpm: true,
  disks: [
    { slot: 1, bus: 'virtio', pciSlot: 8 },
    { slot: 2, bus: 'sata', unit: 3 },
  ],
} as const
const whole = () => describePackage('web', PARTS, MACHINE as never)
const adopt = (vmPackage: object, more: object = {}, query = '') =>
  platform.call('POST', `/v1/vms/actions/adopt${query}`, { body: { package: vmPackage, ...more } })
const plan = async (vmPackage: object, more: object = {}) => (await adopt(vmPackage, more, '?plan=true')).body
const task = async (id: unknown) => (await platform.call('GET', `/v1/tasks/${String(id)}?wait=1`)).body
const send = (vmId: string, part: string, content = PARTS.get(part) ?? Buffer.alloc(0)) =>
  sendPart(platform.folder, vmId, part, content)
const state = () => {
  const { vms, vmNames, vmUids, macs } = platform.manager!.parts.documents
  return [[...platform.agent!.host.world.volumes], ...[vms, vmNames, vmUids, macs].map((kind) => kind.list().length)]
}

/** Begins, and waits until files can be sent. */
async function begin(vmPackage: object = whole(), more: object = {}): Promise<{ taskId: string; vmId: string }> {
  const { body } = await adopt(vmPackage, more)
  const { id, target } = body as { id: string; target: { id: string } }
  const probe = () => send(target.id, 'disk-1.qcow2', Buffer.from('another length'.repeat(2)))
  await until(async () => (await probe()) === 'package_part_differs')
  return { taskId: id, vmId: target.id }
}

test('a package becomes a VM that is the same machine', async () => {
  expect(await plan(whole(), { start: true })).toMatchObject({
    allowed: true,
    effects: [{ effect: 'vm_adopted', facts: { name: 'web', count: 4, sizeMib: 1 } }, { effect: 'vm_started' }],
    warnings: [{ warning: 'runs_by_translation' }, { warning: 'tpm_adopted' }],
  })
  const { taskId, vmId } = await begin(whole(), { start: true })
  for (const part of ['tpm-state', 'disk-2.qcow2', 'disk-1.qcow2', 'uefi-variables.fd'])
    expect(await send(vmId, part), part).toBe(undefined)
  await until(async () => (await task(taskId))['state'] === 'succeeded')
  await until(async () => (await platform.call('GET', `/v1/vms/${vmId}`)).body['state'] === 'running')
  const { body } = await platform.call('GET', `/v1/vms/${vmId}`)
  expect(body).toMatchObject({ name: 'web', notes: 'carried', tags: ['shop'] })
  const { disks, nics, ...rest } = body['hardware'] as { disks: object[]; nics: object[] }
  expect(rest).toMatchObject({ machineType: 'pc-q35-7.2', firmware: 'uefi', tpm: true })
  expect(disks).toMatchObject(MACHINE.disks)
  expect(Object.keys(body['diskSizesMib'] as object)).toHaveLength(2)
  expect(nics).toMatchObject([{ slot: 1, mac: '52:54:00:ab:cd:ef', pciSlot: 16, forwards: [] }])
  // What was read is no volume any more.
  expect(platform.agent!.host.world.volumes.size).toBe(2)
})

test('a second one of it is another VM: with another name, MAC and id', async () => {
  const first = await begin()
  expect(await plan(whole())).toMatchObject({
    blockers: [{ reason: 'name_taken', fix: { body: { name: 'web-2' } } }],
    warnings: [{ warning: 'mac_renewed' }, { warning: 'runs_by_translation' }, { warning: 'tpm_adopted' }],
  })
  expect((await plan(whole(), { name: 'web-2' }))['warnings']).toMatchObject([{ facts: { name: 'web-2' } }, {}, {}])
  const { vmId } = await begin(whole(), { name: 'web-2' })
  const { body } = await platform.call('GET', `/v1/vms/${vmId}`)
  expect(body).toMatchObject({ name: 'web-2', hardware: { nics: [{ mac: expect.stringMatching(/^52:54:00:/) }] } })
  expect(JSON.stringify(body)).not.toContain('52:54:00:ab:cd:ef')
  expect(vmId).not.toBe(first.vmId)
})

test('a file that is another is not kept, and can be sent again', async () => {
  const { vmId, taskId } = await begin()
  const changed = Buffer.from(PARTS.get('disk-2.qcow2')!)
  changed[200_000] = 0
  const volumes = new Set(platform.agent!.host.world.volumes)
  expect(await send(vmId, 'disk-2.qcow2', changed)).toBe('package_part_differs')
  expect(await send(vmId, 'disk-3.qcow2')).toBe('not_ready_to_send')
  await until(() => platform.agent!.host.world.volumes.size === volumes.size)
  for (const part of PARTS.keys()) expect(await send(vmId, part), part).toBe(undefined)
  await until(async () => (await task(taskId))['state'] === 'succeeded')
  expect(await send(vmId, 'disk-1.qcow2')).toBe('not_ready_to_send')
})

test('cancelled, nothing of it is left; a manager that was restarted waits for all again', async () => {
  const before = state()
  const { vmId, taskId } = await begin()
  expect(await send(vmId, 'disk-1.qcow2')).toBe(undefined)
  await platform.stopManager()
  await platform.startManager()
  await until(async () => (await send(vmId, 'disk-1.qcow2')) === undefined)
  await platform.call('POST', `/v1/tasks/${taskId}/actions/cancel`)
  await until(async () => (await task(taskId))['state'] === 'cancelled')
  expect(state()).toEqual(before)
})

test('a description that does not hold together is refused before anything is made', async () => {
  const before = state()
  const { body } = await adopt({ ...whole(), files: whole().files?.slice(1) })
  expect(body).toMatchObject({ code: 'unprocessable', blockers: [{ reason: 'package_broken' }] })
  expect(body['message']).toContain('no file disk-1.qcow2')
  expect(state()).toEqual(before)
})

test.each([
  { reason: 'machine_too_new', more: { machineType: 'pc-q35-99.0' } },
  { reason: 'kvm_unavailable', more: { accelerator: 'kvm', cpuModel: 'host' } },
  { reason: 'cpu_needs_kvm', more: { cpuModel: 'host' } },
  { reason: 'secure_boot_needs_uefi', more: { firmware: 'bios', secureBoot: true } },
])('$reason', async ({ reason, more }) => {
  const files = new Map([...PARTS].filter(([part]) => more.firmware === undefined || !part.startsWith('uefi')))
  const { blockers } = await plan(describePackage('web', files, { ...MACHINE, ...more } as never))
  expect(blockers).toMatchObject([{ reason }])
  // The way out is one.
  const { fix } = (blockers as { fix?: { body: object } }[])[0]!
  if (fix !== undefined && reason !== 'secure_boot_needs_uefi')
    expect((await platform.call('POST', '/v1/vms/actions/adopt?plan=true', { body: fix.body })).body).toMatchObject({
      allowed: true,
    })
})

test('a description with a field too many, or of another version', async () => {
  for (const wrong of [
    { ...whole(), id: 'x' },
    { ...whole(), version: 2 },
    { ...whole(), format: 'ovf' },
  ])
    expect(await adopt(wrong)).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
})
