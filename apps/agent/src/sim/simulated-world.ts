import type { VmConfig, VmStatus } from '../domain/contract.ts'

/** What a host holds, without QEMU: configs, states and volumes are all there is. */
export interface SimulatedWorld {
  /** Of VMs that were defined here; those that are there from the start need none. */
  readonly configs: Map<string, VmConfig>
  /** Of every VM of the host. */
  readonly statuses: Map<string, VmStatus>
  readonly volumes: Set<string>
  /** How it writes its own documents, where that is not the first way. A simulated host forgets it with its end: it is told again. */
  readonly versions: Map<string, number>
}

/** One change of a world, as it is kept for the next start. */
export type WorldChange =
  | { readonly status: VmStatus }
  | { readonly gone: string }
  | { readonly config: VmConfig }
  | { readonly volume: string; readonly isThere: boolean }

export function applyChange(world: SimulatedWorld, change: WorldChange): void {
  if ('status' in change) world.statuses.set(change.status.vmId, change.status)
  else if ('config' in change) world.configs.set(change.config.vmId, change.config)
  else if ('volume' in change) world.volumes[change.isThere ? 'add' : 'delete'](change.volume)
  else {
    world.statuses.delete(change.gone)
    world.configs.delete(change.gone)
  }
}
