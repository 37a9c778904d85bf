import { AppError, type HostFailures, type ReasonName, refuse } from '@viv/common'
import type { OpInput, OpKind } from '../domain/contract.ts'
import type { OpContext, OpHandler, OpHandlers } from '../ops/op-registry.ts'

interface FailingOps {
  readonly asked: HostFailures
  /** undefined: without end. */
  left: number | undefined
}

/** What one simulated host is to do badly. Nothing of it outlives the simulator. */
export class HostFaults {
  readonly #random: () => number
  #failing: FailingOps[] = []
  delayMs = 0
  isReachable = true

  /** `random` answers 0 to 1, the same row for the same seed. */
  constructor(random: () => number) {
    this.#random = random
  }

  get failures(): readonly HostFailures[] {
    return this.#failing.map(({ asked, left }) => ({ ...asked, ...(left === undefined ? {} : { times: left }) }))
  }

  get isNone(): boolean {
    return this.delayMs === 0 && this.isReachable && this.#failing.length === 0
  }

  fail(asked: HostFailures): void {
    // One without an end hides all that come after it, so the newest comes first.
    this.#failing.unshift({ asked, left: asked.times })
  }

  clear(): void {
    this.delayMs = 0
    this.isReachable = true
    this.#failing = []
  }

  /** The handlers as they are, but for operations that were asked to fail: these fail as a real step does. */
  wrap(handlers: OpHandlers): OpHandlers {
    const wrapped = Object.entries(handlers).map(([kind, handler]) => [
      kind,
      this.#wrapOne(kind as OpKind, handler as OpHandler<OpKind>),
    ])
    return Object.fromEntries(wrapped) as OpHandlers
  }

  #wrapOne<K extends OpKind>(kind: K, handler: OpHandler<K>): OpHandler<K> {
    return {
      ...handler,
      run: async (input: OpInput<K>, context: OpContext) => {
        this.#failNow(kind)
        return handler.run(input, context)
      },
    }
  }

  #failNow(kind: OpKind): void {
    const failing = this.#failing.find(({ asked }) => asked.kind === kind)
    if (failing === undefined || this.#random() >= (failing.asked.probability ?? 1)) return
    if (failing.left !== undefined && --failing.left === 0) {
      this.#failing = this.#failing.filter((other) => other !== failing)
    }
    const { reason, facts } = failing.asked
    if (reason === undefined) throw refuse('agent_refused', { step: kind, problem: 'it was asked to fail' })
    throw new AppError([{ reason: reason as ReasonName, facts: facts ?? {} }])
  }
}
