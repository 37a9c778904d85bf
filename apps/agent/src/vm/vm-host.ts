import type { VmStatus } from '../domain/contract.ts'
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
