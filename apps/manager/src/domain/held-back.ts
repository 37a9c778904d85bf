import type { Vm } from '@viv/api'
import { type Facts, REASONS, type ReasonName, type Refusal, renderReason } from '@viv/common'

/** Why a host cannot read a VM's description, as its agent says it: that knows the VM by its id alone. */
export interface HeldBack {
  readonly reason: string
  readonly facts: Facts
}

interface Known {
  readonly heldBack?: HeldBack
}

/** Why nothing may be done to the VM, with the name that people gave it. */
export function heldBackRefusal({ name }: { readonly name: string }, status: Known | undefined): Refusal | undefined {
  const why = status?.heldBack
  if (why === undefined) return undefined
  const facts = { ...why.facts, name }
  return why.reason in REASONS
    ? { reason: why.reason as ReasonName, facts }
    : // An agent that is newer may have a reason that we do not know.
      { reason: 'agent_refused', facts: { step: name, problem: why.reason } }
}

export function heldBack(vm: { readonly name: string }, status: Known | undefined): Vm['heldBack'] {
  const refused = heldBackRefusal(vm, status)
  if (refused === undefined) return undefined
  const { reason, facts } = refused
  return { reason, facts: { ...facts }, message: renderReason(reason, facts) }
}
