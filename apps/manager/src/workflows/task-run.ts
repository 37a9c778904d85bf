import { setTimeout as delay } from 'node:timers/promises'
import { AppError, type JsonObject, type Refusal, refusal } from '@viv/common'
import { HostUnreachableError, OpInterruptedError } from '../agents/errors.ts'
import type { HostAgents, OpInput, OpKind, OpOutputs } from '../agents/host-agents.ts'
import type { TaskDoc } from '../domain/task.ts'
import type { Documents } from '../store/documents.ts'
import type { Write } from '../store/store.ts'
import { retryDelayMs } from './retry-delay.ts'
import { isBeforePivot, type Step, type StepContext, type Workflow } from './workflow.ts'

/** What a run asks of the engine: to store a transition, to say where it stands, to log. */
export interface RunPort {
  readonly agents: HostAgents
  readonly documents: Documents
  save(taskId: string, task: TaskDoc, writes: readonly Write[]): Promise<void>
  end(taskId: string, task: TaskDoc, writes: readonly Write[], context: StepContext): Promise<void>
  activity(taskId: string, activity: { progress: number; note: string; isWaitingForHost: boolean }): void
  problem(taskId: string, what: string, error: unknown): void
  boundary(taskId: string, task: TaskDoc, moment: Moment): Promise<void>
}

/** Where a process may die; tests stop it exactly there. */
export type Moment = 'before-step' | 'after-step' | 'before-undo' | 'after-undo' | 'before-end'

/**
 * One task on its way, from wherever the stored document says it is.
 *
 *   step ok ─▶ next … last ─▶ succeeded
 *   step fails up to the pivot, or cancelled ─▶ undo it and all before it, without end ─▶ failed | cancelled
 *   step fails after the pivot ─▶ again, without end
 *   host unreachable ─▶ wait for it, then the same attempt again (the agent answers repeats from its record)
 *   agent restarted in a step ─▶ once more; before the pivot a second time is a failure
 */
export class TaskRun {
  readonly #id: string
  readonly #port: RunPort
  readonly #workflow: Workflow
  readonly #steps: readonly Step[]
  readonly #stop: AbortSignal
  readonly #cancel = new AbortController()
  #task: TaskDoc

  constructor(id: string, task: TaskDoc, workflow: Workflow, port: RunPort, stop: AbortSignal) {
    this.#id = id
    this.#task = task
    this.#workflow = workflow
    this.#steps = workflow.steps(task.input)
    this.#port = port
    this.#stop = stop
  }

  /** True when the task will be undone; false when it is past the point where it can be. */
  cancel(): boolean {
    if (this.#task.state !== 'running' || !this.#isCancellable()) return false
    this.#cancel.abort(new AppError([refusal('task_cancelled', {})]))
    return true
  }

  async drive(): Promise<void> {
    while (this.#task.state === 'running' && this.#task.next < this.#steps.length) await this.#forward()
    if (this.#task.state === 'running') return this.#end('succeeded')
    while (this.#task.next >= 0) await this.#back()
    await this.#end(this.#task.failure?.reason === 'task_cancelled' ? 'cancelled' : 'failed')
  }

  async #forward(): Promise<void> {
    const step = this.#steps[this.#task.next] as Step
    await this.#port.boundary(this.#id, this.#task, 'before-step')
    let output: JsonObject
    try {
      output = await this.#attempt(step)
    } catch (error) {
      if (this.#stop.aborted) throw error
      return this.#failed(step, error)
    }
    await this.#port.boundary(this.#id, this.#task, 'after-step')
    const { next, outputs } = this.#task
    const context = this.#context(step, this.#stop)
    this.#task = { ...this.#task, next: next + 1, attempt: 1, outputs: { ...outputs, [step.name]: output } }
    const isLast = next + 1 === this.#steps.length
    const writes = step.writes?.(context, output) ?? []
    // The last step's writes go with the task's end: one sync less on every path.
    if (isLast) this.#lastWrites = writes
    else await this.#port.save(this.#id, this.#task, writes)
  }

  #lastWrites: readonly Write[] = []

  /** Runs the step, waiting for its host as often as it has to. */
  async #attempt(step: Step): Promise<JsonObject> {
    const signal = step.kind === 'undoable' ? AbortSignal.any([this.#stop, this.#cancel.signal]) : this.#stop
    for (;;) {
      signal.throwIfAborted()
      try {
        return await step.run(this.#context(step, signal))
      } catch (error) {
        if (!(error instanceof HostUnreachableError)) throw error
        await this.#waitForHost(
          step.title,
          this.#isCancellable() ? AbortSignal.any([this.#stop, this.#cancel.signal]) : this.#stop,
        )
      }
    }
  }

  async #waitForHost(note: string, signal: AbortSignal): Promise<void> {
    this.#port.activity(this.#id, { progress: 0, note, isWaitingForHost: true })
    await this.#port.agents.whenReachable(this.#task.hostId, signal)
    this.#port.activity(this.#id, { progress: 0, note, isWaitingForHost: false })
  }

  async #failed(step: Step, error: unknown): Promise<void> {
    const { attempt, next } = this.#task
    const canBack = isBeforePivot(this.#steps, next)
    if (error instanceof OpInterruptedError && (attempt === 1 || !canBack)) {
      this.#task = { ...this.#task, attempt: attempt + 1 }
      return this.#port.save(this.#id, this.#task, [])
    }
    this.#port.problem(this.#id, `step ${step.name} failed`, error)
    if (!canBack) {
      // A record that says "failed" answers for ever: only a higher attempt tries again.
      await delay(retryDelayMs(attempt), undefined, { signal: this.#stop })
      this.#task = { ...this.#task, attempt: attempt + 1 }
      return this.#port.save(this.#id, this.#task, [])
    }
    this.#task = { ...this.#task, state: 'undoing', failure: failureOf(error, step) }
    await this.#port.save(this.#id, this.#task, [])
  }

  async #back(): Promise<void> {
    const step = this.#steps[this.#task.next] as Step
    await this.#port.boundary(this.#id, this.#task, 'before-undo')
    for (let tries = 0; ; tries++) {
      try {
        await step.undo?.(this.#context(step, this.#stop))
        break
      } catch (error) {
        if (this.#stop.aborted) throw error
        this.#port.problem(this.#id, `undo of step ${step.name} failed`, error)
        if (error instanceof HostUnreachableError) await this.#waitForHost(`Taking back: ${step.title}`, this.#stop)
        else await delay(retryDelayMs(tries), undefined, { signal: this.#stop })
      }
    }
    await this.#port.boundary(this.#id, this.#task, 'after-undo')
    this.#task = { ...this.#task, next: this.#task.next - 1 }
    if (this.#task.next >= 0) await this.#port.save(this.#id, this.#task, [])
  }

  async #end(state: 'succeeded' | 'failed' | 'cancelled'): Promise<void> {
    await this.#port.boundary(this.#id, this.#task, 'before-end')
    const context = this.#context(undefined, this.#stop)
    const hook = state === 'succeeded' ? this.#workflow.onSuccess : this.#workflow.onUndone
    const writes = [...this.#lastWrites, ...(hook?.(this.#task.input, context) ?? [])]
    this.#task = { ...this.#task, state, endedAt: new Date().toISOString() }
    await this.#port.end(this.#id, this.#task, writes, context)
  }

  #isCancellable(): boolean {
    return this.#steps[this.#task.next]?.kind === 'undoable'
  }

  #context(step: Step | undefined, signal: AbortSignal): StepContext {
    const { agents, documents } = this.#port
    const { hostId, attempt, outputs } = this.#task
    const opId = `${this.#id}.${step?.name ?? 'end'}`
    const progress = (fraction: number, note = '') =>
      this.#port.activity(this.#id, { progress: fraction, note, isWaitingForHost: false })
    return {
      taskId: this.#id,
      task: this.#task,
      signal,
      documents,
      progress,
      output: <T extends JsonObject>(name: string) => outputs[name] as T | undefined,
      agent: <K extends OpKind>(kind: K, input: OpInput<K>): Promise<OpOutputs[K]> =>
        agents.run({ hostId, opId, attempt, kind, input, signal, onProgress: progress }),
      agentUndo: <K extends OpKind>(kind: K, input: OpInput<K>) => agents.undo({ hostId, opId, kind, input, signal }),
    }
  }
}

/** What a person is told of a failed step; anything unforeseen stays in the log. */
function failureOf(error: unknown, step: Step): Refusal {
  if (error instanceof AppError) return error.refusals[0] as Refusal
  if (error instanceof OpInterruptedError) return refusal('step_interrupted', { step: step.title })
  return refusal('agent_refused', {
    step: step.title,
    problem: 'an unexpected error, which the log of the manager has',
  })
}
