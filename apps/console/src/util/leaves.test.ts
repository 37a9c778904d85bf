import { expect, test } from 'vitest'
import { leavesOf } from './leaves.ts'

test('every value that holds no other, with the names that lead to it', () => {
  const document = { name: 'web', hardware: { cpus: 1, disks: [{ slot: 1 }], nics: [] }, notes: '', none: null }
  expect(leavesOf(document)).toEqual([
    { path: 'name', value: 'web' },
    { path: 'hardware.cpus', value: 1 },
    { path: 'hardware.disks.0.slot', value: 1 },
    { path: 'hardware.nics', value: [] },
    { path: 'notes', value: '' },
    { path: 'none', value: null },
  ])
  expect(leavesOf('plain', 'name')).toEqual([{ path: 'name', value: 'plain' }])
})
