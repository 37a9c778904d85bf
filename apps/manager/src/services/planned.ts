import type { Plan } from '@viv/api'
import { AppError, type Effect, type Refusal, renderEffect, renderWarning, toBlocker, type Warning } from '@viv/common'
import type { StoreCache } from '../store/cache.ts'
import { retryConflicts } from './conflicts.ts'

/**
 * A change that was decided on: what it does, every reason why it can't be done, and the doing. Who asks for the plan
 * and who asks for the change get the same decision: one function, never two lists that drift apart.
 */
export interface Planned<T> {
  readonly effects: readonly Effect[]
  readonly warnings: readonly Warning[]
  readonly blockers: readonly Refusal[]
  /** Never called while there are blockers. Throws StoreConflictError where what was decided on has changed. */
  apply(): Promise<T>
}

/** What an earlier sending of the same request has begun; nothing is decided again. */
export interface Repeated<T> {
  readonly repeated: T | Promise<T>
}

export type Decide<T> = () => Planned<T> | Repeated<T> | Promise<Planned<T> | Repeated<T>>

/** Carries changes out, or tells what they would do. */
export class Changes {
  readonly #cache: StoreCache

  constructor(cache: StoreCache) {
    this.#cache = cache
  }

  /** Throws every reason why not. */
  carryOut<T>(decide: Decide<T>): Promise<T> {
    return retryConflicts(this.#cache, async () => {
      const decision = await decide()
      if ('repeated' in decision) return decision.repeated
      const [first, ...more] = decision.blockers
      if (first !== undefined) throw new AppError([first, ...more])
      return decision.apply()
    })
  }
}

/** What `plan=true` answers. A request that was carried out already would do nothing more. */
export async function planOf(decide: Decide<unknown>): Promise<Plan> {
  const decision = await decide()
  if ('repeated' in decision) return { allowed: true, effects: [], blockers: [], warnings: [] }
  const { effects, warnings, blockers } = decision
  return {
    allowed: blockers.length === 0,
    effects: effects.map((each) => ({
      ...each,
      facts: { ...each.facts },
      message: renderEffect(each.effect, each.facts),
    })),
    blockers: blockers.map((each) => ({ ...toBlocker(each), facts: { ...each.facts } })),
    warnings: warnings.map((each) => ({
      ...each,
      facts: { ...each.facts },
      message: renderWarning(each.warning, each.facts),
    })),
  }
}

/** Those that are there: a check answers nothing where there is nothing to refuse. */
export const present = <T>(...values: readonly (T | undefined)[]): T[] => values.filter((value) => value !== undefined)
