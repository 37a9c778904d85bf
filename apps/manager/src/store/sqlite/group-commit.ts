import type { LoggedTransaction } from './change-log.ts'
import type { Engine, Outcome } from './engine.ts'
import type { Leases } from './leases.ts'
import type { Answer, Call, WriteRequest } from './protocol.ts'
import { isDiskFull } from './schema.ts'

type CommittingRequest = Exclude<WriteRequest, { type: 'renew' }>

export interface Settled {
  readonly committed: readonly LoggedTransaction[]
  readonly answers: readonly Answer[]
}

/**
 * Settles all writes that wait with one commit. A full disk refuses them all and changes nothing; every other failure
 * of the disk rises, because what is on it is then no longer known.
 */
export function settleWrites(engine: Engine, leases: Leases, calls: readonly Call<WriteRequest>[]): Settled {
  // Before anything ends: an owner whose renewal waited behind a slow disk has not lost its lease.
  const renewed = calls.flatMap((call): Answer[] =>
    call.type === 'renew' ? [{ call: call.call, result: leases.renew(call.key, call.revision) }] : [],
  )
  const committing = calls.filter((call): call is Call<CommittingRequest> => call.type !== 'renew')
  const before = leases.snapshot()
  try {
    const answers: Answer[] = []
    const committed = engine.group(() => {
      leases.endExpired()
      for (const call of committing) answers.push(settle(engine, leases, call))
    })
    return { committed, answers: [...renewed, ...answers] }
  } catch (error) {
    if (!isDiskFull(error)) throw error
    leases.restore(before)
    const refused = committing.map(({ call }): Answer => ({ call, failure: { type: 'full' } }))
    return { committed: [], answers: [...renewed, ...refused] }
  }
}

function settle(engine: Engine, leases: Leases, request: Call<CommittingRequest>): Answer {
  const { call } = request
  switch (request.type) {
    case 'transaction':
      return transactionAnswer(call, engine.apply(request.transaction))
    case 'lease': {
      const outcome = leases.take(request.key, request.ttlMs, request.holder)
      return { call, result: 'conflict' in outcome ? undefined : outcome }
    }
    case 'release':
      leases.release(request.key, request.revision)
      return { call, result: undefined }
  }
}

function transactionAnswer(call: number, outcome: Outcome): Answer {
  return 'conflict' in outcome
    ? { call, failure: { type: 'conflict', conflict: outcome.conflict } }
    : { call, result: outcome }
}
