import type { JsonObject } from '@viv/common'
import type { OpInput, OpKind, OpOutputs } from '../agents/host-agents.ts'
import type { TaskDoc } from '../domain/task.ts'
import type { Documents } from '../store/documents.ts'
import type { Write } from '../store/store.ts'

/** What a step may use. It takes ids and earlier outputs, never objects that live in memory. */
export interface StepContext {
  readonly taskId: string
  readonly task: TaskDoc
  readonly signal: AbortSignal
  readonly documents: Documents
  /** Output of an earlier step. */
  output<T extends JsonObject>(step: string): T | undefined
  progress(fraction: number, note?: string): void
  /** Does one operation on the task's host as this step; the same call after a restart joins it. */
  agent<K extends OpKind>(kind: K, input: OpInput<K>): Promise<OpOutputs[K]>
  /** Takes that operation back on the host, for ever. */
  agentUndo<K extends OpKind>(kind: K, input: OpInput<K>): Promise<void>
}

/**
 * Steps are `undoable`, then at most one `pivot`, then `forward` only. Up to the pivot a failure is undone, the
 * failed step first; a pivot that fails has changed nothing; after it the work goes forward until it is done.
 */
export interface Step {
  readonly name: string
  /** What a person reads while it runs. */
  readonly title: string
  readonly kind: 'undoable' | 'pivot' | 'forward'
  run(context: StepContext): Promise<JsonObject>
  /** Must do nothing where there is nothing to take back. */
  undo?(context: StepContext): Promise<void>
  /** Written together with the step's output. */
  writes?(context: StepContext, output: JsonObject): Write[]
}

export interface Workflow<Input extends JsonObject = JsonObject> {
  readonly name: string
  /** Raised whenever the steps change: a stored task of another version is parked, never guessed. */
  readonly version: number
  readonly steps: (input: Input) => readonly Step[]
  /** Written with the task's success, and with its failure once everything is undone. */
  readonly onSuccess?: (input: Input, context: StepContext) => Write[]
  readonly onUndone?: (input: Input, context: StepContext) => Write[]
  /** Begun in the same transaction that ends this one. */
  readonly followUp?: (input: Input, context: StepContext) => FollowUp | undefined
}

/** A task that takes over the claims of the one that ends, or those of them that it names. */
export interface FollowUp {
  readonly workflow: string
  readonly action: string
  readonly input: JsonObject
  readonly claims?: readonly string[]
}

/** A step that is one operation on the host. */
export function agentStep<K extends OpKind>(step: {
  name: string
  title: string
  kind: Step['kind']
  op: K
  input: (context: StepContext) => OpInput<K>
  writes?: (context: StepContext, output: OpOutputs[K]) => Write[]
}): Step {
  const { name, title, kind, op, input, writes } = step
  return {
    name,
    title,
    kind,
    run: async (context) => (await context.agent(op, input(context))) as JsonObject,
    ...(kind === 'undoable' ? { undo: (context: StepContext) => context.agentUndo(op, input(context)) } : {}),
    ...(writes === undefined
      ? {}
      : { writes: (context: StepContext, output: JsonObject) => writes(context, output as unknown as OpOutputs[K]) }),
  }
}

/** Whether a task at this step can still be taken back: no pivot before it. */
export function isBeforePivot(steps: readonly Step[], next: number): boolean {
  return !steps.slice(0, next).some((step) => step.kind === 'pivot') && steps[next]?.kind !== 'forward'
}
