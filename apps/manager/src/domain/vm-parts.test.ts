import type { DiskBus, VmHardware } from '@viv/common'
import { expect, test } from 'vitest'
import {
  busRoom,
  firstDisk,
  freeDiskSlot,
  hasBootSource,
  withDisk,
  withNic,
  withoutDisk,
  withoutNic,
} from './vm-parts.ts'

const plain: VmHardware = {
  accelerator: 'any',
  machineType: 'pc-q35-7.2',
  cpuModel: 'qemu64',
  cpus: 1,
  memoryMib: 512,
  disks: [],
  nics: [],
}
const withDisks = (...buses: DiskBus[]): VmHardware =>
  buses.reduce((hardware, bus, index) => withDisk(hardware, { volumeId: `v${index + 1}`, bus }), plain)

test('what is there keeps its place, and what comes takes the lowest that is free', () => {
  const full = withDisks('virtio', 'scsi', 'scsi', 'virtio')
  expect(full.disks).toEqual([
    { slot: 1, volumeId: 'v1', bus: 'virtio', pciSlot: 8 },
    { slot: 2, volumeId: 'v2', bus: 'scsi', unit: 0 },
    { slot: 3, volumeId: 'v3', bus: 'scsi', unit: 1 },
    { slot: 4, volumeId: 'v4', bus: 'virtio', pciSlot: 11 },
  ])
  const one = withDisk(withoutDisk(full, 'v2'), { volumeId: 'v5', bus: 'scsi' })
  expect(one.disks.map(({ slot }) => slot)).toEqual([1, 2, 3, 4])
  expect(one.disks[1]).toEqual({ slot: 2, volumeId: 'v5', bus: 'scsi', unit: 0 })
})

test('the SCSI controller comes with the first of its disks and goes with the last', () => {
  const one = withDisks('virtio', 'scsi')
  expect(one.scsi).toEqual({ pciSlot: 24 })
  expect(withoutDisk(one, 'v2')).toEqual(withDisks('virtio'))
  expect(withoutDisk(withDisks('scsi', 'scsi'), 'v1').scsi).toEqual({ pciSlot: 24 })
})

test('there are eight places for disks, and fewer on the buses of old', () => {
  expect(freeDiskSlot(withDisks(...Array<DiskBus>(7).fill('virtio')))).toBe(8)
  expect(freeDiskSlot(withDisks(...Array<DiskBus>(8).fill('virtio')))).toBeUndefined()
  expect(busRoom(withDisks('ide', 'ide', 'ide', 'ide'), 'ide')).toEqual({ count: 5, most: 4 })
})

test('a CD drive keeps its place on its bus', () => {
  const cd = { bus: 'ide', unit: 3 } as const
  const three = { ...withDisks('ide', 'ide', 'ide'), cd }
  expect(busRoom(three, 'ide')).toEqual({ count: 4, most: 3 })
  expect(busRoom(three, 'scsi').most).toBeGreaterThan(3)
  const low = { ...withDisks('ide'), cd: { bus: 'ide', unit: 1 } as const }
  expect(withDisk(low, { volumeId: 'v9', bus: 'ide' }).disks[1]).toMatchObject({ unit: 2 })
})

test('network cards keep their places too', () => {
  const two = withNic(withNic(plain, { mac: 'a', model: 'virtio' }), { mac: 'b', model: 'e1000e' })
  expect(two.nics.map(({ slot, pciSlot }) => [slot, pciSlot])).toEqual([
    [1, 16],
    [2, 17],
  ])
  expect(withNic(withoutNic(two, 'a'), { mac: 'c', model: 'virtio' }).nics.map(({ mac }) => mac)).toEqual(['c', 'b'])
})

test('what it can start from: a kernel, or what its boot order names', () => {
  const nic = withNic(plain, { mac: 'a', model: 'virtio' })
  expect(hasBootSource(nic)).toBe(false)
  expect(hasBootSource({ ...nic, bootOrder: ['network'] })).toBe(true)
  expect(hasBootSource({ ...withDisks('virtio'), bootOrder: ['network'] })).toBe(false)
  const cd = { bus: 'sata', unit: 5, disc: { imageId: 'i', volumeId: 'd' } } as const
  expect(hasBootSource({ ...plain, cd })).toBe(true)
  expect(hasBootSource({ ...plain, cd: { bus: 'sata', unit: 5 } })).toBe(false)
  expect(hasBootSource({ ...plain, cd, bootOrder: ['disk'] })).toBe(false)
  expect(hasBootSource({ ...plain, kernel: { kernelVolumeId: 'k', commandLine: '' } })).toBe(true)
  expect(firstDisk(withoutDisk(withDisks('virtio', 'scsi'), 'v1'))).toMatchObject({ volumeId: 'v2' })
})
