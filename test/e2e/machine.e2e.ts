import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit } from '../support/audit.ts'
import { Installation } from '../support/installation.ts'
import { Serial } from '../support/serial.ts'

let viv: Installation
beforeAll(async () => {
  viv = await Installation.create()
})
afterAll(() => viv?.[Symbol.asyncDispose]())

/** What a command prints in the guest. */
async function inGuest(vmId: string, command: string): Promise<string> {
  using serial = await Serial.open(viv.root, vmId)
  await serial.logIn()
  serial.type(`echo be""gin; ${command}; echo e""nd\r`)
  await serial.expect('begin')
  return (await serial.expect('end')).replaceAll('\r', '')
}

const remove = async (vmId: string) => {
  const params = { vmId }
  await viv.follow(await viv.client.vmStop({ params, body: { mode: 'force' } }))
  await viv.follow(await viv.client.vmPurge({ params }))
  expect(await audit(viv)).toEqual([])
}

test('a guest sees the sockets, cores and threads, the flags of its generation, and the controller of its tablet', async () => {
  const machine = { cpus: 4, coresPerSocket: 2, threadsPerCore: 1, cpuModel: 'x86-64-v3' }
  const { id: vmId } = await viv.vmCreate('v3', { ...machine, start: true })
  const said = await inGuest(
    vmId,
    'grep -E "physical id|cpu cores|siblings|^flags" /proc/cpuinfo; cat /sys/bus/pci/devices/0000:00:07.0/class',
  )
  expect(new Set(/physical id.*/g[Symbol.match](said)).size).toBe(2)
  expect(new Set(/cpu cores.*/g[Symbol.match](said)?.map((line) => line.split(': ')[1]))).toEqual(new Set(['2']))
  const flags = new Set(/^flags\s+: (.*)$/m.exec(said)?.[1]?.split(' '))
  // As Linux names them.
  const level = 'cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3 avx avx2 bmi1 bmi2 f16c fma abm movbe xsave'
  expect(level.split(' ').filter((flag) => !flags.has(flag))).toEqual([])
  expect(said).toContain('0x0c0330')
  await remove(vmId)
})

test.each([
  ['pc and IDE', { machine: 'pc', diskBus: 'ide' }, 'sda'],
  ['pc and SCSI', { machine: 'pc', diskBus: 'scsi' }, 'sda'],
  ['q35 and SCSI', { diskBus: 'scsi', disks: [{ sizeMib: 8, bus: 'virtio' }, { sizeMib: 16 }] }, 'sda'],
] as const)('a guest starts from its disk on %s', async (name, machine, device) => {
  const { id: vmId } = await viv.vmCreate(name.toLowerCase().replaceAll(' ', '-'), { ...machine, start: true })
  const said = await inGuest(vmId, 'cat /proc/partitions; cat /proc/mounts')
  expect(said).toMatch(new RegExp(`^/dev/${device}2 / ext4`, 'm'))
  if ('disks' in machine) expect(said).toMatch(/ vda$[^]* sdb$/m)
  await remove(vmId)
})

test('the firmware starts from a SATA disk, for which the built-in guest itself has no driver', async () => {
  const { id: vmId } = await viv.vmCreate('sata', { diskBus: 'sata', start: true })
  using serial = await Serial.open(viv.root, vmId)
  await serial.expect('micro: no disk has a file system')
  await remove(vmId)
})

test('cards and devices are there as they were chosen', async () => {
  const chosen = { nicModel: 'e1000e', display: 'virtio', random: false, watchdog: true } as const
  const { id: vmId } = await viv.vmCreate('cards', { ...chosen, start: true })
  const at = (slot: string) => `/sys/bus/pci/devices/0000:00:${slot}.0`
  const said = await inGuest(
    vmId,
    `cat ${['02', '10', '19'].map((slot) => `${at(slot)}/device`).join(' ')}; ls ${at('04')}`,
  )
  expect(said).toMatch(/0x1050\n0x10d3\n0x25ab/)
  expect(said).toContain('No such file')
  await remove(vmId)
})

test('a network that is tried first is passed by, and the disk starts', async () => {
  const { id: vmId } = await viv.vmCreate('net', { bootOrder: ['network', 'disk'], start: true })
  expect(await inGuest(vmId, 'cat /proc/mounts')).toContain(' / ext4')
  await remove(vmId)
})

test('what the host cannot give is refused before anything is made, by the flags that it lacks', async () => {
  const body = { name: 'v4', imageId: await viv.image(), cpuModel: 'x86-64-v4' }
  const { blockers } = await viv.client.plan.vmCreate({ body })
  expect(blockers).toMatchObject([{ reason: 'cpu_features_missing', facts: { best: 'x86-64-v3' } }])
  expect(blockers[0]?.message).toContain('avx512f')
  expect(await audit(viv)).toEqual([])
})
