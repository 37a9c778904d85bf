import type { VmConfig, VmStatus } from '../domain/contract.ts'
import type { VmFolders } from '../store/vm-folders.ts'
import type { BootHost } from './boot.ts'

/** What every VM of a host lives on. */
export interface VmHost extends BootHost {
  readonly runFolders: string
  readonly folders: VmFolders
  readonly uidBase: number
  onStatus(status: VmStatus): void
  log(message: string, facts: object): void
}

/**
 * Writes down what is wanted of a VM, with what its machine remembers made, or copied, before. What is wanted no more goes
 * with the next start (boot.ts): until then the machine that runs, or sleeps, is the one of before.
 */
export async function writeVm(
  { folders, volumes }: VmHost,
  config: VmConfig,
  uid: number,
  copyOf?: string,
): Promise<void> {
  const state = volumes.firmwareState(config.vmId)
  const before = await folders.find(config.vmId)
  const copied = copyOf === undefined ? undefined : await folders.find(copyOf)
  const source = copied && { ...copied, state: volumes.firmwareState(copied.vmId) }
  await state.prepare({ wanted: config.hardware, before: before?.hardware, uid, source })
  await folders.write(config)
}

/** Its folder last: until that is gone it is known here. */
export async function forgetVm({ folders, volumes }: VmHost, vmId: string): Promise<void> {
  await volumes.firmwareState(vmId).drop()
  await folders.remove(vmId)
}
