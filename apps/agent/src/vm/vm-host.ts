import type { OpInput, VmConfig, VmStatus } from '../domain/contract.ts'
import type { VmFolders } from '../store/vm-folders.ts'
import { MEMORY_BYTES_MAX, type ReceivedMemories } from '../storage/firmware-state.ts'
import type { BootHost } from './boot.ts'

/** What every VM of a host lives on. */
export interface VmHost extends BootHost {
  readonly runFolders: string
  readonly folders: VmFolders
  readonly uidBase: number
  onStatus(status: VmStatus): void
  log(message: string, facts: object): void
}

/** What its UEFI and its TPM begin with, where not afresh. */
export type BeginningMemories = Pick<OpInput<'vmDefine'>, 'copyOf' | 'received'>

/**
 * Writes down what is wanted of a VM, with what its machine remembers made, copied or taken over, before. What is wanted no more goes
 * with the next start (boot.ts): until then the machine that runs, or sleeps, is the one of before.
 */
export async function writeVm(
  { folders, volumes }: VmHost,
  config: VmConfig,
  uid: number,
  { copyOf, received }: BeginningMemories = {},
): Promise<void> {
  const state = volumes.firmwareState(config.vmId)
  const before = await folders.find(config.vmId)
  const copied = copyOf === undefined ? undefined : await folders.find(copyOf)
  const source = copied && { ...copied, state: volumes.firmwareState(copied.vmId) }
  const memories = received === undefined ? undefined : await receivedMemories(volumes, received)
  await state.prepare({ wanted: config.hardware, before: before?.hardware, uid, source, received: memories })
  await folders.write(config)
}

async function receivedMemories(volumes: VmHost['volumes'], { variables, tpm }: Received): Promise<ReceivedMemories> {
  const read = (volumeId: string | undefined) =>
    volumeId === undefined ? undefined : volumes.received(volumeId, MEMORY_BYTES_MAX)
  return { variables: await read(variables), tpm: await read(tpm) }
}
type Received = NonNullable<BeginningMemories['received']>

/** Its folder last: until that is gone it is known here. */
export async function forgetVm({ folders, volumes }: VmHost, vmId: string): Promise<void> {
  await volumes.firmwareState(vmId).drop()
  await folders.remove(vmId)
}
