import type { VmExit, VmStatus } from '../domain/contract.ts'
import type { Machine } from './machine.ts'
import { watchTpm } from './tpm-watch.ts'

type Change = Partial<Omit<VmStatus, 'vmId' | 'observedAt'>>

/** What is said of a VM: each change whole, to whoever publishes it. */
export class StatusBoard {
  readonly #tell: (status: VmStatus) => void
  #status: VmStatus

  constructor(vmId: string, tell: (status: VmStatus) => void) {
    this.#tell = tell
    this.#status = { vmId, state: 'stopped', appliedRevision: 0, observedAt: new Date().toISOString() }
  }

  get now(): VmStatus {
    return this.#status
  }

  /** A state brings its own reason; that of the state before is over. */
  say(change: Change): void {
    const { pauseReason: _paused, silenceReason: _silent, ...rest } = this.#status
    const before = change.state === undefined ? this.#status : rest
    this.#status = { ...before, ...change, observedAt: new Date().toISOString() }
    this.#tell(this.#status)
  }

  /** A machine begins, or is found running: nothing of an earlier one stays. What it does is said next. */
  begin(machine: Machine): void {
    const { launched, process } = machine
    const { startedAt, revision, accelerator } = launched
    this.#forget('exit', 'resets', 'brokenParts')
    this.#status = { ...this.#status, startedAt, appliedRevision: revision, accelerator, pid: process.pid }
    watchTpm(machine, () => this.say({ brokenParts: ['tpm'] }))
  }

  /** It runs again after a reset: that it had panicked is over. */
  revive(): void {
    this.#forget('exit')
    this.say({ state: 'running' })
  }

  /** Told with what comes next. */
  forgetRecovery(): void {
    this.#forget('recovery')
  }

  end(exit: VmExit, known: Change = {}): void {
    this.#forget('pid', 'accelerator', 'brokenParts')
    this.say({ ...known, state: stateAfter(exit), exit })
  }

  /** Nothing runs, and nothing has ended. */
  stand(): void {
    this.#forget('pid', 'accelerator', 'brokenParts')
    this.say({ state: 'stopped' })
  }

  /** Nothing runs, and its memory is saved. */
  hibernate(): void {
    this.#forget('pid', 'accelerator', 'exit', 'resets', 'brokenParts')
    this.say({ state: 'hibernated' })
  }

  #forget(...fields: readonly ('exit' | 'resets' | 'pid' | 'accelerator' | 'brokenParts' | 'recovery')[]): void {
    const names: readonly string[] = fields
    this.#status = Object.fromEntries(
      Object.entries(this.#status).filter(([name]) => !names.includes(name)),
    ) as unknown as VmStatus
  }
}

/** A process that nobody asked to end has crashed, whatever its code says. */
function stateAfter({ cause }: VmExit): 'stopped' | 'crashed' {
  return cause === 'powered_off' || cause === 'stopped' ? 'stopped' : 'crashed'
}
