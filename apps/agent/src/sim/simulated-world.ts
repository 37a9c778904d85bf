import type { VmConfig, VmStatus } from '../domain/contract.ts'

/** What a host holds, without QEMU: configs, states and volumes are all there is. */
export interface SimulatedWorld {
  readonly configs: Map<string, VmConfig>
  readonly statuses: Map<string, VmStatus>
  readonly volumes: Set<string>
}
