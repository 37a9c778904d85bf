import type { DiskSizes, VmDoc } from './vm.ts'

/** The VM that knows these too, and those of no disk that it has no more. */
export function withSizes(vm: VmDoc, made: DiskSizes = {}): VmDoc {
  const known: DiskSizes = { ...vm.diskSizesMib, ...made }
  const kept = vm.hardware.disks.flatMap(({ volumeId }) => {
    const sizeMib = known[volumeId]
    return sizeMib === undefined ? [] : [[volumeId, sizeMib] as const]
  })
  const { diskSizesMib: _before, ...rest } = vm
  return kept.length === 0 ? rest : { ...rest, diskSizesMib: Object.fromEntries(kept) }
}
