import { type Refusal, refusal, type VmHardware } from '@viv/common'
import type { ServiceParts } from './parts.ts'

/** An agent of the version before would refuse to start a VM whose clock is free. */
export function clockRefusals(
  { agents, documents }: ServiceParts,
  hostId: string,
  after: VmHardware,
  before?: VmHardware,
): Refusal[] {
  if (after.clock === undefined || before?.clock === after.clock) return []
  if (!agents.isReachable(hostId) || agents.can(hostId, 'clock')) return []
  const host = documents.hosts.find(hostId)?.value
  return [refusal('agent_too_old', { host: host?.name ?? hostId, version: host?.agentVersion ?? '?' })]
}
