import { VmHardware } from '@viv/common'
import { expect, test } from 'vitest'
import { CARRIED, CARRIED_IN_PART, partsOf } from './vm-package.ts'

test('whoever gives a machine something new says whether a package carries it', () => {
  expect([...CARRIED, ...CARRIED_IN_PART].sort()).toEqual(Object.keys(VmHardware.properties).sort())
})

test('a package has a file for each disk, and for what the firmware remembers', () => {
  expect(partsOf({ disks: [{ slot: 1 }, { slot: 3 }] })).toEqual(['disk-1.qcow2', 'disk-3.qcow2'])
  expect(partsOf({ disks: [], firmware: 'uefi', tpm: true })).toEqual(['uefi-variables.fd', 'tpm-state'])
})
