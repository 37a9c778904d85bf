import type { VmPackage } from '@viv/api'
import { expect, test } from 'vitest'
import { describePackage } from '../../../../test/support/package.ts'
import { isTooNew, packageProblem } from './vm-package.ts'

const PARTS = new Map(
  ['disk-1.qcow2', 'disk-2.qcow2', 'uefi-variables.fd', 'tpm-state'].map((part) => [part, Buffer.from(part)]),
)
const MACHINE = {
  firmware: 'uefi',
  tpm: true,
  disks: [
    { slot: 1, bus: 'virtio', pciSlot: 8 },
    { slot: 2, bus: 'sata', unit: 3 },
  ],
} as const
const whole = () => describePackage('web', PARTS, MACHINE as never)

test('what we pack holds together', () => {
  expect(packageProblem(whole())).toBe(undefined)
  const more = { scsi: { pciSlot: 24 }, usb: { pciSlot: 7 }, pointer: 'tablet', cd: { bus: 'sata', unit: 5 }, nics: [] }
  const disks = [...MACHINE.disks.slice(0, 1), { slot: 2, bus: 'scsi', unit: 0 }]
  expect(packageProblem(describePackage('web', PARTS, { ...MACHINE, ...more, disks } as never))).toBe(undefined)
})

const broken = (problem: string, vmPackage: VmPackage) => ({ problem, vmPackage })
const disks = (...all: object[]) => describePackage('web', PARTS, { ...MACHINE, disks: all } as never)
const nic = { slot: 1, model: 'virtio', mac: '52:54:00:ab:cd:ef', pciSlot: 16 } as const
const one = { slot: 1, bus: 'virtio', pciSlot: 8 }
const machine = (more: object) => describePackage('web', PARTS, { ...MACHINE, ...more } as never)
test.each([
  broken('disk 1 is there twice', disks(one, { slot: 1, bus: 'sata', unit: 0 })),
  broken('sata unit 1 is there twice', disks({ slot: 1, bus: 'sata', unit: 1 }, { slot: 2, bus: 'sata', unit: 1 })),
  broken('another place of the PCI bus', disks({ ...one, pciSlot: 2 }, { slot: 2, bus: 'sata', unit: 1 })),
  broken('has no bus ide', disks(one, { slot: 2, bus: 'ide', unit: 0 })),
  broken('SCSI disks have no controller', disks(one, { slot: 2, bus: 'scsi', unit: 0 })),
  broken('MAC 52:54:00:ab:cd:ef is there twice', machine({ nics: [nic, { ...nic, slot: 2, pciSlot: 17 }] })),
  broken('the MAC of no network card', machine({ nics: [{ ...nic, mac: '01:00:5e:00:00:01' }] })),
  broken('the MAC of no network card', machine({ nics: [{ ...nic, mac: '00:00:00:00:00:00' }] })),
  broken('network card 1 is there twice', machine({ nics: [nic, { ...nic, mac: '52:54:00:00:00:01' }] })),
  broken('ide has no unit 5', machine({ machineType: 'pc-i440fx-7.2', cd: { bus: 'ide', unit: 5 } })),
  broken('no type of machine', machine({ machineType: 'pc-q35-7.2.3.' })),
  broken('make no 1 CPUs', machine({ topology: { sockets: 1, cores: 2, threads: 1 } })),
  broken('tablet has no USB', machine({ pointer: 'tablet' })),
  broken('a controller is at another place', machine({ watchdog: { model: 'i6300esb', pciSlot: 8 } })),
  broken('it has no file tpm-state', { ...whole(), files: whole().files!.slice(0, 3) }),
  broken('nothing of the machine is in its file tpm-state', machine({ tpm: false })),
  broken('disk-1.qcow2 is there twice', { ...whole(), files: [...whole().files!, whole().files![0]!] }),
  broken('it names no files', { ...whole(), files: undefined } as never),
  broken('uefi-variables.fd is larger', {
    ...whole(),
    files: whole().files!.map((file) => (file.name.startsWith('uefi') ? { ...file, sizeBytes: 5e6 } : file)),
  }),
])('$problem', ({ problem, vmPackage }) => {
  expect(packageProblem(vmPackage)).toContain(problem)
})

test('a host knows the machines of its past', () => {
  expect(isTooNew('pc-q35-7.2', 'pc-q35-7.2')).toBe(false)
  expect(isTooNew('pc-i440fx-6.9', 'pc-q35-7.2')).toBe(false)
  expect(isTooNew('pc-q35-7.10', 'pc-q35-7.2')).toBe(true)
  expect(isTooNew('pc-q35-8.0', 'pc-q35-7.2')).toBe(true)
})
