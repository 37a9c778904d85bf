import { fleetHost, type FleetSize, fleetVm, fleetVmsOf } from '@viv/common'
import type { HostFacts, VmStatus } from '../domain/contract.ts'
import type { WorldChange } from './simulated-world.ts'

/** A host's machines as they are before anything has happened. */
export function* fleetWorld(size: FleetSize, hostIndex: number): Generator<WorldChange> {
  for (const index of fleetVmsOf(size, hostIndex)) yield { status: firstStatus(size, index) }
}

export function fleetFacts(hostIndex: number): Partial<HostFacts> {
  const { hostId, cpus, memoryMib, totalBytes, freeBytes } = fleetHost(hostIndex)
  return { cpus, memoryMib, datastore: { id: hostId, totalBytes, freeBytes } }
}

function firstStatus(size: FleetSize, index: number): VmStatus {
  const { vmId, state, startedAt, createdAt } = fleetVm(size, index)
  const started = { vmId, state, appliedRevision: 1, observedAt: startedAt, startedAt }
  switch (state) {
    case 'stopped':
      return { vmId, state, appliedRevision: 0, observedAt: createdAt }
    case 'crashed':
      return { ...started, exit: { cause: 'died', code: 134, at: startedAt } }
    case 'running':
    case 'paused':
      return { ...started, accelerator: 'tcg', pid: 1 }
  }
}
