import { type Refusal, refusal, type VmCrashPolicy, type VmHardware, wholePolicy } from '@viv/common'
import type { ServiceParts } from './parts.ts'

type Parts = Pick<ServiceParts, 'agents' | 'documents'>
type AgentFeature = Parameters<ServiceParts['agents']['can']>[1]

/** Where the host's agent is of a version before and would not know what to do. A silent one is asked when it is back. */
export function featureRefusal(
  { agents, documents }: Parts,
  hostId: string,
  feature: AgentFeature,
): Refusal | undefined {
  if (!agents.isReachable(hostId) || agents.can(hostId, feature)) return undefined
  const host = documents.hosts.find(hostId)?.value
  return refusal('agent_too_old', { host: host?.name ?? hostId, version: host?.agentVersion ?? '?' })
}

/** The same of a machine that has something new: it would refuse to start it. */
export function hardwareRefusal(
  parts: Parts,
  hostId: string,
  after: Pick<VmHardware, 'clock' | 'cd'>,
  before?: Pick<VmHardware, 'clock' | 'cd'>,
): Refusal | undefined {
  const isNewClock = after.clock !== undefined && before?.clock !== after.clock
  const isNewCd = after.cd !== undefined && before?.cd === undefined
  return (
    (isNewClock ? featureRefusal(parts, hostId, 'clock') : undefined) ??
    (isNewCd ? featureRefusal(parts, hostId, 'cd') : undefined)
  )
}

/** The same of an answer to a watchdog that bites. */
export function policyRefusal(
  parts: Parts,
  hostId: string,
  before: Partial<VmCrashPolicy> | undefined,
  after: Partial<VmCrashPolicy> | undefined,
): Refusal | undefined {
  const isSame = wholePolicy(before).watchdog === wholePolicy(after).watchdog
  return isSame ? undefined : featureRefusal(parts, hostId, 'watchdog')
}
