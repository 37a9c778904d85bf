import { AppError, type Facts } from '@viv/common'
import type { OpError } from './contract.ts'

/** What is told of an error: its reason with the facts, or that there is none for it. */
export function opErrorOf(error: unknown): OpError {
  const refused = error instanceof AppError ? error.refusals[0] : undefined
  if (refused === undefined) return { reason: 'internal', facts: { requestId: 'of the agent' } }
  return { reason: refused.reason, facts: refused.facts as Facts }
}
