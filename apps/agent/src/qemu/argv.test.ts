import { diskPciSlot, nicPciSlot, type VmHardware } from '@viv/common'
import { expect, test } from 'vitest'
import { type ArgvInput, qemuArgv } from './argv.ts'

const hardware: VmHardware = {
  accelerator: 'translate',
  machineType: 'pc-q35-7.2',
  cpuModel: 'qemu64',
  cpus: 2,
  memoryMib: 256,
  disks: [{ slot: 1, volumeId: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa', bus: 'virtio', pciSlot: diskPciSlot(1) }],
  nics: [
    {
      slot: 1,
      model: 'virtio',
      mac: '52:54:00:00:00:01',
      network: 'user',
      forwards: [{ protocol: 'tcp', bind: 'loopback', hostPort: 2222, guestPort: 22 }],
      pciSlot: nicPciSlot(1),
    },
  ],
}
const input: ArgvInput = {
  vmId: 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb',
  name: 'web',
  hardware,
  accelerator: 'tcg',
  disks: [
    {
      slot: 1,
      files: [
        { file: '/v/a/disk.qcow2', format: 'qcow2' },
        { file: '/v/b/disk.qcow2', format: 'qcow2' },
      ],
    },
  ],
}

const valueAfter = (argv: readonly string[], option: string): string | undefined => argv[argv.indexOf(option) + 1]

test('gives the same words for the same hardware', () => {
  expect(qemuArgv(input)).toEqual(qemuArgv(structuredClone(input)))
})

test('opens the whole chain as we say it, and only the top for writing', () => {
  const node = JSON.parse(valueAfter(qemuArgv(input), '-blockdev') ?? '') as Record<string, unknown>
  expect(node).toMatchObject({ 'node-name': 'disk1', driver: 'qcow2', 'read-only': false })
  expect(node['backing']).toMatchObject({ 'node-name': 'disk1-base1', 'read-only': true, backing: null })
})

test('binds forwarded ports to loopback unless asked otherwise', () => {
  expect(valueAfter(qemuArgv(input), '-netdev')).toBe('user,id=nic1,hostfwd=tcp:127.0.0.1:2222-:22')
})

test('shows the screen on a socket of the VM, to several at once, and nowhere else', () => {
  const argv = qemuArgv(input)
  expect(valueAfter(argv, '-vnc')).toBe('unix:io/screen,share=ignore')
  expect(argv.filter((word) => word === '-vnc')).toHaveLength(1)
  expect(argv.join(' ')).not.toContain('websocket')
})

test('places devices on the bus that the machine has', () => {
  const old = { ...hardware, machineType: 'pc-i440fx-7.2' }
  expect(qemuArgv({ ...input, hardware: old }).join(' ')).not.toContain('pcie.0')
  expect(qemuArgv(input).join(' ')).toContain('drive=disk1,bootindex=1,werror=enospc,bus=pcie.0,addr=0x8')
})

test('refuses spawning, raising rights and default devices', () => {
  const argv = qemuArgv(input)
  expect(argv).toContain('-nodefaults')
  expect(argv).toContain('-no-shutdown')
  expect(valueAfter(argv, '-sandbox')).toContain('spawn=deny')
})
