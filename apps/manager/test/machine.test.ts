import type { CpuOffers } from '@viv/common'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Answer, Platform } from './platform.ts'

const cpuModels: CpuOffers = {
  tcg: {
    missing: {
      'x86-64-v2': [],
      'x86-64-v3': [],
      'x86-64-v4': ['avx512f', 'avx512bw'],
      'Nehalem-v1': [],
      'Haswell-v1': ['hle', 'rtm'],
    },
    aliases: { Nehalem: 'Nehalem-v1', Haswell: 'Haswell-v1' },
  },
}

let platform: Platform
beforeEach(async () => {
  platform = await Platform.start({ facts: { cpuModels } })
})
afterEach(() => platform[Symbol.asyncDispose]())

const show = async (vmId: string) => (await platform.call('GET', `/v1/vms/${vmId}`)).body
const hardware = async (vmId: string) => (await show(vmId))['hardware'] as Record<string, unknown>

async function edit(vmId: string, body: object, query = ''): Promise<Answer> {
  const headers = { 'if-match': String((await show(vmId))['revision']) }
  return platform.call('PATCH', `/v1/vms/${vmId}${query}`, { body, headers })
}

interface Told {
  readonly reason: string
  readonly facts: Record<string, unknown>
  readonly fix?: { readonly method: string; readonly path: string; readonly body: object; readonly ifMatch?: string }
}

async function blockers(body: object): Promise<Told[]> {
  const imageId = await platform.imageId()
  const answer = await platform.call('POST', '/v1/vms?plan=true', { body: { name: 'new', imageId, ...body } })
  return answer.body['blockers'] as Told[]
}

test('a new VM has a tablet at a pinned place; a mouse needs no controller, and an edit changes one for the other', async () => {
  const vmId = await platform.vm('web')
  expect(await hardware(vmId)).toMatchObject({ pointer: 'tablet', usb: { pciSlot: 7 } })
  const other = await platform.vm('old', { pointer: 'mouse' })
  expect(await hardware(other)).toMatchObject({ pointer: 'mouse' })
  expect(await hardware(other)).not.toHaveProperty('usb')
  expect((await edit(other, { pointer: 'tablet' })).status).toBe(200)
  expect(await hardware(other)).toMatchObject({ pointer: 'tablet', usb: { pciSlot: 7 } })
  await edit(vmId, { pointer: 'mouse' })
  expect(await hardware(vmId)).not.toHaveProperty('usb')
})

test('CPUs are shared out to sockets; all in one socket is the machine that nobody asked otherwise', async () => {
  const vmId = await platform.vm('web', { cpus: 8, coresPerSocket: 2, threadsPerCore: 2 })
  expect(await hardware(vmId)).toMatchObject({ cpus: 8, topology: { sockets: 2, cores: 2, threads: 2 } })
  await edit(vmId, { cpus: 12 })
  expect(await hardware(vmId)).toMatchObject({ cpus: 12, topology: { sockets: 3, cores: 2, threads: 2 } })
  await edit(vmId, { coresPerSocket: 12, threadsPerCore: 1 })
  expect(await hardware(vmId)).not.toHaveProperty('topology')
  const plain = await platform.vm('plain', { cpus: 4 })
  expect(await hardware(plain)).not.toHaveProperty('topology')
})

test('CPUs that cannot be shared out are refused, with the next number that can', async () => {
  const [told] = await blockers({ cpus: 6, coresPerSocket: 4 })
  expect(told).toMatchObject({ reason: 'cpus_uneven', facts: { cpus: 6, cores: 4, threads: 1, unit: 4 } })
  expect(told?.fix?.body).toMatchObject({ name: 'new', cpus: 8, coresPerSocket: 4 })
  const vmId = await platform.vm('web', { cpus: 8, coresPerSocket: 4 })
  const refused = await edit(vmId, { cpus: 5, notes: 'n' })
  expect(refused).toMatchObject({ status: 422, body: { blockers: [{ reason: 'cpus_uneven' }] } })
  const fix = (refused.body['blockers'] as Told[])[0]?.fix
  expect(fix).toMatchObject({ method: 'PATCH', body: { cpus: 8, notes: 'n' } })
  const headers = { 'if-match': fix?.ifMatch ?? '' }
  expect((await platform.call('PATCH', fix?.path ?? '', { body: fix?.body, headers })).status).toBe(200)
})

test('a generation or a model is pinned by the name that keeps its meaning', async () => {
  const vmId = await platform.vm('web', { cpuModel: 'x86-64-v3' })
  expect(await hardware(vmId)).toMatchObject({ cpuModel: 'x86-64-v3' })
  await edit(vmId, { cpuModel: 'Nehalem' })
  expect(await hardware(vmId)).toMatchObject({ cpuModel: 'Nehalem-v1' })
  const plain = await platform.vm('plain')
  expect(await hardware(plain)).toMatchObject({ cpuModel: 'qemu64' })
})

test.each([
  ['x86-64-v4', 'cpu_features_missing', { missing: 'avx512f, avx512bw', best: 'x86-64-v3', accelerator: 'TCG' }],
  ['Haswell', 'cpu_features_missing', { model: 'Haswell', missing: 'hle, rtm' }],
  ['host', 'cpu_needs_kvm', { model: 'host' }],
  ['nehalem', 'cpu_model_unknown', { known: 'Nehalem' }],
  ['no-such-thing-at-all', 'cpu_model_unknown', { known: 'host, x86-64-v2, x86-64-v3, x86-64-v4' }],
])('%s is refused as %s, and what mends it is one call', async (cpuModel, reason, facts) => {
  const [told, ...more] = await blockers({ cpuModel })
  expect(more).toEqual([])
  expect(told).toMatchObject({ reason, facts })
  if (told?.fix === undefined) return
  expect(await blockers(told.fix.body)).toEqual([])
})

test('a host that is not known to lack anything is not judged', async () => {
  await using older = await Platform.start()
  const vmId = await older.vm('web', { cpuModel: 'Cascadelake-Server-v5' })
  const { body } = await older.call('GET', `/v1/vms/${vmId}`)
  expect(body['hardware']).toMatchObject({ cpuModel: 'Cascadelake-Server-v5' })
})

test('a change of the machine is pending while it runs, and back to before brings it back', async () => {
  const vmId = await platform.vm('web', { start: true, cpus: 4, pointer: 'mouse' })
  const told = await edit(vmId, { coresPerSocket: 2, cpuModel: 'x86-64-v2', pointer: 'tablet' }, '?plan=true')
  expect(told.body['effects']).toMatchObject([
    { facts: { field: 'topology', before: '–', after: '2 × 2 × 1' }, when: 'after_restart' },
    { facts: { field: 'cpuModel' }, when: 'after_restart' },
    { facts: { field: 'pointer', before: 'mouse', after: 'tablet' }, when: 'after_restart' },
  ])
  await edit(vmId, { coresPerSocket: 2, cpuModel: 'x86-64-v2', pointer: 'tablet' })
  expect((await show(vmId))['pending']).toEqual([
    { path: 'topology', running: null, wanted: { sockets: 2, cores: 2, threads: 1 } },
    { path: 'cpuModel', running: 'qemu64', wanted: 'x86-64-v2' },
    { path: 'pointer', running: 'mouse', wanted: 'tablet' },
  ])
  const entries = (await platform.call('GET', `/v1/history?objectId=${vmId}`)).body['items'] as { id: string }[]
  const headers = { 'if-match': String((await show(vmId))['revision']) }
  const body = { entryId: entries.at(-1)?.id }
  expect((await platform.call('POST', `/v1/vms/${vmId}/actions/revert`, { body, headers })).status).toBe(200)
  expect(await show(vmId)).not.toHaveProperty('pending')
  expect(await hardware(vmId)).not.toHaveProperty('topology')
  expect(await hardware(vmId)).not.toHaveProperty('usb')
  expect(platform.problems).toEqual([])
})

test('disks get places on their buses for ever, and the kind of machine is pinned with its version', async () => {
  const disks = [
    { sizeMib: 8, bus: 'scsi' },
    { sizeMib: 8 },
    { sizeMib: 8, bus: 'scsi' },
    { sizeMib: 8, bus: 'virtio' },
  ]
  const vmId = await platform.vm('old', { machine: 'pc', diskBus: 'ide', disks, nicModel: 'e1000e', display: 'virtio' })
  expect(await hardware(vmId)).toMatchObject({
    machineType: 'pc-i440fx-7.2',
    scsi: { pciSlot: 24 },
    display: 'virtio',
    nics: [{ model: 'e1000e' }],
    disks: [
      { slot: 1, bus: 'ide', unit: 0 },
      { slot: 2, bus: 'scsi', unit: 0 },
      { slot: 3, bus: 'ide', unit: 1 },
      { slot: 4, bus: 'scsi', unit: 1 },
      { slot: 5, bus: 'virtio', pciSlot: 12 },
    ],
  })
  const plain = await hardware(await platform.vm('plain'))
  expect(plain).toMatchObject({ machineType: 'pc-q35-7.2', disks: [{ bus: 'virtio', pciSlot: 8 }] })
  for (const field of ['scsi', 'display', 'random', 'watchdog', 'bootOrder']) expect(plain).not.toHaveProperty(field)
})

test.each([
  [{ diskBus: 'ide' }, 'bus_missing', { diskBus: 'sata' }],
  [{ machine: 'pc', disks: [{ sizeMib: 8, bus: 'sata' }] }, 'bus_missing', { disks: [{ sizeMib: 8, bus: 'ide' }] }],
  [{ nicModel: 'virtio-multiqueue' }, 'queues_need_bridge', { nicModel: 'virtio' }],
  [{ machine: 'pc', secureBoot: true, memoryMib: 512 }, 'secure_boot_needs_q35', { secureBoot: false }],
])('%j is refused as %s, and the fix makes it possible', async (body, reason, mended) => {
  const [refused, ...more] = await blockers(body)
  expect(more).toEqual([])
  expect(refused).toMatchObject({ reason, fix: { body: mended } })
  expect(await blockers(refused?.fix?.body ?? {})).toEqual([])
})

test('a bus that is full is told', async () => {
  const disks = Array(4).fill({ sizeMib: 8 })
  const [refused] = await blockers({ machine: 'pc', diskBus: 'ide', disks })
  expect(refused).toMatchObject({ reason: 'bus_full', facts: { bus: 'ide', count: 5, most: 4 } })
})

test('devices come and go by edits, each at its pinned place', async () => {
  const vmId = await platform.vm('web')
  await edit(vmId, { watchdog: true, random: false, display: 'none', bootOrder: ['network', 'disk'] })
  expect(await hardware(vmId)).toMatchObject({
    watchdog: { model: 'i6300esb', pciSlot: 25 },
    random: false,
    display: 'none',
    bootOrder: ['network', 'disk'],
  })
  const told = await edit(vmId, { watchdog: false }, '?plan=true')
  expect(told.body['effects']).toMatchObject([{ facts: { field: 'watchdog' } }])
  await edit(vmId, { watchdog: false, random: true, display: 'std', bootOrder: ['disk'] })
  for (const field of ['display', 'random', 'watchdog', 'bootOrder'])
    expect(await hardware(vmId)).not.toHaveProperty(field)
})

const told = async (body: object) => {
  const imageId = await platform.imageId()
  return (await platform.call('POST', '/v1/vms?plan=true', { body: { name: 'new', imageId, ...body } })).body
}
const named = (list: unknown, key: string) => (list as Record<string, unknown>[]).map((one) => one[key])

test('UEFI, secure boot and a TPM are chosen; secure boot means UEFI, and a BIOS is kept as nothing said', async () => {
  const vmId = await platform.vm('new', { secureBoot: true, tpm: true, memoryMib: 1024 })
  expect(await hardware(vmId)).toMatchObject({ firmware: 'uefi', secureBoot: true, tpm: true })
  const plain = await platform.vm('plain', { firmware: 'bios', secureBoot: false, tpm: false })
  for (const field of ['firmware', 'secureBoot', 'tpm']) expect(await hardware(plain)).not.toHaveProperty(field)
  const plan = await told({ name: 'other', secureBoot: true, tpm: true, memoryMib: 256 })
  expect(named(plan['effects'], 'effect')).toEqual(
    expect.arrayContaining(['firmware_made', 'secure_boot_made', 'tpm_made']),
  )
  expect(named(plan['warnings'], 'warning')).toContain('firmware_memory')
})

test('secure boot with a BIOS is refused both ways, with the call that mends it', async () => {
  const [refused] = await blockers({ firmware: 'bios', secureBoot: true })
  expect(refused).toMatchObject({
    reason: 'secure_boot_needs_uefi',
    fix: { body: { firmware: 'uefi', secureBoot: true } },
  })
  const vmId = await platform.vm('web', { secureBoot: true, memoryMib: 512 })
  const answer = await edit(vmId, { firmware: 'bios' })
  expect(answer).toMatchObject({ status: 422, body: { blockers: [{ reason: 'secure_boot_needs_uefi' }] } })
  const fix = (answer.body['blockers'] as Told[])[0]?.fix
  expect(fix?.body).toEqual({ firmware: 'bios', secureBoot: false })
  const old = await platform.vm('old')
  expect(await edit(old, { secureBoot: true })).toMatchObject({ status: 422 })
})

test('a change that loses what the machine remembers says so before', async () => {
  const vmId = await platform.vm('web', { firmware: 'uefi', tpm: true })
  const warnings = async (body: object) => named((await edit(vmId, body, '?plan=true')).body['warnings'], 'warning')
  expect(await warnings({ notes: 'n' })).toEqual([])
  expect(await warnings({ firmware: 'bios' })).toEqual(['variables_dropped', 'other_firmware'])
  expect(await warnings({ secureBoot: true, memoryMib: 512 })).toEqual(['variables_dropped'])
  expect(await warnings({ tpm: false })).toEqual(['tpm_dropped'])
})

test('a host without the packages says which one is missing', async () => {
  await using bare = await Platform.start({ facts: { parts: { uefi: true, secureBoot: false, tpm: false } } })
  const imageId = await bare.imageId()
  const body = { name: 'new', imageId, secureBoot: true, tpm: true }
  const { body: plan } = await bare.call('POST', '/v1/vms?plan=true', { body })
  expect(plan['blockers']).toMatchObject([
    { reason: 'host_lacks_part', facts: { package: 'ovmf' } },
    { reason: 'host_lacks_part', facts: { package: 'swtpm', part: 'TPM 2.0 emulator' } },
  ])
})

test('a guest system chooses what nobody said, and what was said stands', async () => {
  const vmId = await platform.vm('win', { guestSystem: 'windows-11' })
  expect(await show(vmId)).toMatchObject({ guestSystem: 'windows-11' })
  expect(await hardware(vmId)).toMatchObject({
    ...{ cpus: 2, memoryMib: 4096, firmware: 'uefi', secureBoot: true, tpm: true },
    disks: [{ bus: 'sata' }],
    nics: [{ model: 'e1000e' }],
  })
  const own = await platform.vm('own', { guestSystem: 'windows-11', memoryMib: 8192, diskBus: 'virtio', tpm: false })
  expect(await hardware(own)).toMatchObject({ memoryMib: 8192, disks: [{ bus: 'virtio' }], secureBoot: true })
  expect(await hardware(own)).not.toHaveProperty('tpm')
  const old = await platform.vm('old', { guestSystem: 'windows-11', machine: 'pc', firmware: 'bios' })
  expect(await hardware(old)).toMatchObject({ disks: [{ bus: 'ide' }] })
  expect(await hardware(old)).not.toHaveProperty('secureBoot')
})

test('a machine that is not for its guest is warned of, and made all the same', async () => {
  const warnings = async (body: object) => named((await told(body))['warnings'], 'warning')
  const translated = 'runs_by_translation'
  expect(await warnings({ guestSystem: 'windows-11' })).toEqual([translated])
  const small = { cpus: 1, memoryMib: 1024, firmware: 'bios', tpm: false, diskBus: 'virtio' }
  expect(await warnings({ guestSystem: 'windows-11', ...small })).toEqual([
    ...[translated, 'guest_cpus', 'guest_memory', 'guest_firmware', 'guest_tpm', 'guest_virtio'],
  ])
  expect(await warnings({ guestSystem: 'windows-10', cpus: 4, coresPerSocket: 1 })).toEqual([
    translated,
    'guest_sockets',
  ])
  expect(await warnings({ guestSystem: 'other', ...small })).toEqual([translated])
  const { body } = await platform.call('POST', '/v1/vms', { body: { name: 'x', guestSystem: 'windows-95' } })
  expect(body).toMatchObject({ code: 'invalid_request' })
})
