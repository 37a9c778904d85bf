import { type Facts, type JsonObject, type ReasonName, toBlocker, REASONS } from '@viv/common'
import type { Task } from '@viv/api'

/**
 * A durable workflow in progress. It is written before each step runs, so that after a crash it says exactly
 * which step may have happened.
 *
 *   running ──▶ succeeded
 *      │ a step up to the pivot failed, or it was cancelled
 *      └──▶ undoing ──▶ failed | cancelled
 *   parked: its workflow is not known to this version; nothing is guessed.
 */
export interface TaskDoc {
  readonly action: string
  readonly target: { readonly kind: string; readonly id: string; readonly name: string }
  readonly workflow: { readonly name: string; readonly version: number }
  readonly input: JsonObject
  readonly caller: string
  /** What the caller gave as the reason, for the history. */
  readonly why?: string
  readonly hostId: string
  readonly state: 'running' | 'undoing' | 'succeeded' | 'failed' | 'cancelled' | 'parked'
  /** Index of the step that runs, or is to be undone next. */
  readonly next: number
  /** How often the step has been begun: the agent refuses lower attempts. */
  readonly attempt: number
  readonly outputs: { readonly [step: string]: JsonObject }
  readonly claims: readonly string[]
  readonly failure?: { readonly reason: ReasonName; readonly facts: Facts }
  readonly followedBy?: string
  readonly startedAt: string
  readonly endedAt?: string
}

export const isEnded = (task: TaskDoc): boolean =>
  task.state === 'succeeded' || task.state === 'failed' || task.state === 'cancelled'

/** What is known of a task only while this process runs it; never stored. */
export interface TaskActivity {
  readonly progress: number
  readonly note: string
  readonly isWaitingForHost: boolean
}

export interface StepOutline {
  readonly name: string
  readonly title: string
  readonly isCancellable: boolean
}

/** A task as the public API shows it. */
export function taskView(
  id: string,
  task: TaskDoc,
  steps: readonly StepOutline[],
  activity: TaskActivity | undefined,
): Task {
  const step = steps[Math.min(task.next, steps.length - 1)]
  const isRunning = task.state === 'running'
  return {
    id,
    action: task.action,
    target: { ...task.target },
    state: isRunning && activity?.isWaitingForHost ? 'waiting_for_host' : task.state,
    progress: progressOf(task, steps.length, activity),
    step: isEnded(task) ? '' : activity?.note || (step?.title ?? ''),
    cancellable: isRunning && (step?.isCancellable ?? false),
    startedAt: task.startedAt,
    ...(task.endedAt === undefined ? {} : { endedAt: task.endedAt }),
    ...(task.followedBy === undefined ? {} : { followedBy: task.followedBy }),
    ...(task.failure === undefined ? {} : { error: errorOf(task.failure) }),
    ...(task.state === 'succeeded' ? { output: task.outputs } : {}),
  }
}

function progressOf(task: TaskDoc, stepCount: number, activity: TaskActivity | undefined): number {
  if (task.state === 'succeeded') return 1
  const done = Math.min(task.next, stepCount)
  return Math.min(1, (done + (activity?.progress ?? 0)) / Math.max(1, stepCount))
}

function errorOf(failure: NonNullable<TaskDoc['failure']>): NonNullable<Task['error']> {
  const blocker = toBlocker(failure)
  return {
    code: REASONS[failure.reason].code,
    message: blocker.message,
    blockers: [{ reason: blocker.reason, facts: { ...blocker.facts }, message: blocker.message }],
  }
}
