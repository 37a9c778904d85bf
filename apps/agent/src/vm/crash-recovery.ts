import { crashAnswer, recentRestarts } from '../domain/crash-answer.ts'
import type { VmExit } from '../domain/contract.ts'
import type { VmRun } from './vm-run.ts'

/**
 * Answers crashes as the VM's policy says. How often it did is remembered as long as the agent runs: one that is
 * restarted begins to count anew, which is at most one row of restarts more.
 */
export class CrashRecovery {
  readonly #run: VmRun
  #restarts: number[] = []
  #count = 0

  constructor(run: VmRun) {
    this.#run = run
  }

  /** Somebody started or stopped it: what was before is over. */
  forget(): void {
    this.#restarts = []
    this.#count = 0
    this.#run.status.forgetRecovery()
  }

  /** In its owner's queue: who was quicker has decided. */
  async answer(signal: AbortSignal): Promise<void> {
    const { state, exit } = this.#run.status.now
    if (state !== 'crashed' || exit === undefined) return
    const answer = crashAnswer(exit.cause, this.#run.config.crashPolicy, this.#restarts, Date.now())
    if (answer === 'end') await this.#run.machine?.end(exit.cause)
    else if (answer === 'given_up') this.#tell(exit, { isGivenUp: true })
    else if (answer === 'reset') await this.#reset(exit)
    else if (answer === 'boot') await this.#boot(exit, signal)
  }

  async #reset(exit: VmExit): Promise<void> {
    await this.#run.machine?.reset()
    this.#run.pause.end()
    this.#counted(exit)
    this.#run.status.revive()
  }

  async #boot(exit: VmExit, signal: AbortSignal): Promise<void> {
    this.#counted(exit)
    try {
      await this.#run.boot(signal)
    } catch (error) {
      // Not as a start that came to nothing: it has crashed, and stays so.
      this.#run.status.end(exit)
      throw error
    }
  }

  #counted(exit: VmExit): void {
    const nowMs = Date.now()
    this.#restarts = [...recentRestarts(this.#restarts, nowMs), nowMs]
    this.#count += 1
    this.#tell(exit)
  }

  #tell({ cause, at }: VmExit, more: { isGivenUp?: true } = {}): void {
    this.#run.status.say({ recovery: { count: this.#count, cause, at, ...more } })
  }
}
