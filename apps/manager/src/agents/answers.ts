import type { OpRecord } from '@viv/agent-api'
import { AppError, type Facts, REASONS, type ReasonName, refuse } from '@viv/common'

/** An agent's refusals as our own errors: its reasons are of the same closed table. */
export function opFailure(record: OpRecord): Error {
  return agentError(record.error, record.id)
}

export function answerFailure(path: string, status: number, body: unknown): Error {
  const { reason, facts } = (body ?? {}) as { reason?: string; facts?: Facts }
  return agentError(reason === undefined ? undefined : { reason, facts: facts ?? {} }, `${path} (${status})`)
}

function agentError(error: { reason: string; facts: Facts } | undefined, what: string): Error {
  if (error !== undefined && error.reason in REASONS) {
    return new AppError([{ reason: error.reason as ReasonName, facts: error.facts }])
  }
  return refuse('agent_refused', { step: what, problem: error?.reason ?? 'no reason given' })
}
