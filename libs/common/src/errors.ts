import { ERRORS, type ErrorCode } from './codes.ts'
import { REASONS, renderReason, type Facts, type FactsOf, type ReasonName } from './reasons.ts'

/** One call of the public API that would remove a blocker. */
export interface Fix {
  readonly action: string
  readonly method: 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  readonly ifMatch?: string
}

/** Why something is refused: the reason, the facts it names, and, where one call can mend it, that call. */
export interface Refusal {
  readonly reason: ReasonName
  readonly facts: Facts
  readonly fix?: Fix
}

export function refusal<R extends ReasonName>(reason: R, facts: FactsOf<R>, fix?: Fix): Refusal {
  return fix === undefined ? { reason, facts } : { reason, facts, fix }
}

/** A refusal as it goes over the wire, with its message rendered. */
export interface Blocker extends Refusal {
  readonly message: string
}

export function toBlocker(refused: Refusal): Blocker {
  return { ...refused, message: renderReason(refused.reason, refused.facts) }
}

/**
 * The one error at the border. Its message is rendered from its reason, never written where it is thrown;
 * what only the log may see goes into `internal` or `cause`.
 */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly refusals: readonly Refusal[]
  readonly internal: string | undefined

  constructor(refusals: readonly [Refusal, ...Refusal[]], options: { internal?: string; cause?: unknown } = {}) {
    super(renderReason(refusals[0].reason, refusals[0].facts), { cause: options.cause })
    this.name = 'AppError'
    this.code = REASONS[refusals[0].reason].code
    this.refusals = refusals
    this.internal = options.internal
  }

  get status(): number {
    return ERRORS[this.code].status
  }
}

/** An AppError of one reason. */
export function refuse<R extends ReasonName>(
  reason: R,
  facts: FactsOf<R>,
  options: { internal?: string; cause?: unknown; fix?: Fix } = {},
): AppError {
  return new AppError([refusal(reason, facts, options.fix)], options)
}

/** The text of an error and of everything that caused it, for the log. */
export function causeChain(error: unknown): string {
  const parts: string[] = []
  for (let at: unknown = error; at !== undefined && at !== null && parts.length < 10; ) {
    if (!(at instanceof Error)) {
      parts.push(String(at))
      break
    }
    const internal = at instanceof AppError && at.internal !== undefined ? ` [${at.internal}]` : ''
    parts.push(`${at.name}: ${at.message}${internal}`)
    at = at.cause
  }
  return parts.join(' ← ')
}
