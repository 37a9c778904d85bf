import { expect, test } from 'vitest'
import { withSizes } from './disk-sizes.ts'
import type { VmDoc } from './vm.ts'

const vm = (volumeIds: readonly string[], diskSizesMib?: Record<string, number>): VmDoc =>
  ({
    name: 'web',
    hardware: { disks: volumeIds.map((volumeId) => ({ volumeId })) },
    ...(diskSizesMib === undefined ? {} : { diskSizesMib }),
  }) as unknown as VmDoc

test('sizes are those of the disks that a VM has and that were made since they are kept', () => {
  expect(withSizes(vm(['old']))).toEqual(vm(['old']))
  expect(withSizes(vm(['old', 'new']), { new: 8 }).diskSizesMib).toEqual({ new: 8 })
  expect(withSizes(vm(['a', 'b'], { a: 1, b: 2, gone: 3 })).diskSizesMib).toEqual({ a: 1, b: 2 })
  expect(withSizes(vm([], { gone: 3 }))).toEqual(vm([]))
})
