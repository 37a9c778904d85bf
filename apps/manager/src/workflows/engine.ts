import { setMaxListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { type JsonObject, refuse } from '@viv/common'
import type { Task } from '@viv/api'
import type { HostAgents } from '../agents/host-agents.ts'
import { isEnded, type StepOutline, type TaskActivity, type TaskDoc, taskView } from '../domain/task.ts'
import type { Documents } from '../store/documents.ts'
import { type Expectation, type Store, StoreConflictError, StoreFullError, type Write } from '../store/store.ts'
import { retryDelayMs } from './retry-delay.ts'
import { type Moment, TaskRun } from './task-run.ts'
import type { FollowUp, StepContext, Workflow } from './workflow.ts'

export interface Beginning {
  readonly taskId: string
  readonly workflow: string
  readonly action: string
  readonly target: TaskDoc['target']
  readonly hostId: string
  readonly caller: string
  readonly why?: string
  readonly input: JsonObject
  /** Ids of claims: one object each, `vm.<id>`. Somebody else's claim makes the whole beginning fail. */
  readonly claims: readonly string[]
  readonly expect: readonly Expectation[]
  readonly writes: readonly Write[]
}

export interface EngineOptions {
  readonly store: Store
  readonly documents: Documents
  readonly agents: HostAgents
  readonly workflows: readonly Workflow[]
  readonly newId: () => string
  readonly log: (taskId: string, what: string, error: unknown) => void
  /** Called at every step boundary; the product has nothing to do there. */
  readonly onBoundary?: (taskId: string, task: TaskDoc, moment: Moment) => Promise<void>
}

/** Runs durable workflows: begins them, goes on with them after a restart, tells who waits how they ended. */
export class Engine {
  readonly #options: EngineOptions
  readonly #workflows: ReadonlyMap<string, Workflow>
  readonly #runs = new Map<string, { run: TaskRun; ended: Promise<void> }>()
  readonly #activities = new Map<string, TaskActivity>()
  readonly #stop = new AbortController()
  #onActivity: (taskId: string) => void = () => undefined

  constructor(options: EngineOptions) {
    this.#options = options
    this.#workflows = new Map(options.workflows.map((workflow) => [workflow.name, workflow]))
    setMaxListeners(0, this.#stop.signal)
  }

  /** Claims the objects and stores the task in one transaction, then lets it run. */
  async begin(beginning: Beginning): Promise<string> {
    const { taskId, claims, expect, writes } = beginning
    const task = this.#newTask(beginning)
    const { tasks, claims: claimDocs } = this.#options.documents
    await this.#commit(
      [...expect, tasks.expectAbsent(taskId), ...claims.map((claim) => claimDocs.expectAbsent(claim))],
      [...writes, tasks.write(taskId, task), ...claims.map((claim) => claimDocs.write(claim, { taskId }))],
    )
    this.#launch(taskId, task)
    return taskId
  }

  /** Goes on with everything that a restart has interrupted, and that this version knows. */
  resume(): void {
    for (const { id, value } of this.#options.documents.tasks.list()) {
      if (!isEnded(value) && this.#isKnown(value)) this.#launch(id, value)
    }
  }

  /** `parked` is what this version sees, never what is stored: one that knows the workflow goes on with it. */
  view(taskId: string): Task | undefined {
    const found = this.#options.documents.tasks.find(taskId)
    if (found === undefined) return undefined
    const isParked = !isEnded(found.value) && !this.#isKnown(found.value)
    const shown: TaskDoc = isParked ? { ...found.value, state: 'parked' } : found.value
    return taskView(taskId, shown, this.#outline(found.value), this.#activities.get(taskId))
  }

  /** The task, as soon as it has ended or the time is over. */
  async wait(taskId: string, milliseconds: number): Promise<Task | undefined> {
    const running = this.#runs.get(taskId)
    if (running !== undefined && milliseconds > 0) {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, milliseconds)
      })
      await Promise.race([running.ended, late])
      clearTimeout(timer)
    }
    return this.view(taskId)
  }

  /** Whether this process works on the task now; one that is not driven does not end by waiting. */
  isDriven(taskId: string): boolean {
    return this.#runs.has(taskId)
  }

  cancel(taskId: string): void {
    const task = this.view(taskId)
    if (task === undefined) throw refuse('not_found', { kind: 'task', id: taskId })
    if (this.#runs.get(taskId)?.run.cancel() !== true) {
      throw refuse('task_not_cancellable', { taskId, action: task.action, state: task.state })
    }
  }

  /** Who wants to hear how far tasks are; one listener, often told. */
  onActivity(listener: (taskId: string) => void): void {
    this.#onActivity = listener
  }

  /** Stops driving; every task is stored as far as it came, and the next start goes on. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('the manager stops'))
    await Promise.all([...this.#runs.values()].map(({ ended }) => ended))
  }

  #newTask({
    workflow,
    action,
    target,
    hostId,
    caller,
    why,
    input,
    claims,
  }: Omit<Beginning, 'expect' | 'writes'>): TaskDoc {
    const version = this.#workflows.get(workflow)?.version
    if (version === undefined) throw new Error(`no workflow is named ${workflow}`)
    return {
      action,
      target,
      workflow: { name: workflow, version },
      input,
      caller,
      ...(why === undefined ? {} : { why }),
      hostId,
      state: 'running',
      next: 0,
      attempt: 1,
      outputs: {},
      claims: [...claims],
      startedAt: new Date().toISOString(),
    }
  }

  #launch(taskId: string, task: TaskDoc): void {
    const workflow = this.#workflows.get(task.workflow.name) as Workflow
    const { agents, documents, log } = this.#options
    const run = new TaskRun(
      taskId,
      task,
      workflow,
      {
        agents,
        documents,
        save: (id, doc, writes) => this.#store(id, [...writes, documents.tasks.write(id, doc)]),
        end: (id, doc, writes, context) => this.#end(id, doc, writes, workflow, context),
        activity: (id, activity) => this.#hear(id, activity),
        problem: log,
        boundary: (id, doc, moment) => this.#options.onBoundary?.(id, doc, moment) ?? Promise.resolve(),
      },
      this.#stop.signal,
    )
    const ended = run
      .drive()
      .catch((error: unknown) => {
        if (!this.#stop.signal.aborted) log(taskId, 'the task cannot go on until the manager is restarted', error)
      })
      .finally(() => {
        this.#runs.delete(taskId)
        this.#activities.delete(taskId)
      })
    this.#runs.set(taskId, { run, ended })
  }

  #hear(taskId: string, activity: TaskActivity): void {
    this.#activities.set(taskId, activity)
    this.#onActivity(taskId)
  }

  async #end(taskId: string, task: TaskDoc, writes: readonly Write[], workflow: Workflow, context: StepContext) {
    const { tasks, claims } = this.#options.documents
    const follow = task.state === 'succeeded' ? workflow.followUp?.(task.input, context) : undefined
    if (follow === undefined) {
      const released = task.claims.map((id) => claims.remove(id))
      return this.#store(taskId, [...writes, tasks.write(taskId, task), ...released])
    }
    const nextId = this.#options.newId()
    const next = this.#followingTask(task, follow)
    await this.#store(taskId, [
      ...writes,
      tasks.write(taskId, { ...task, followedBy: nextId }),
      tasks.write(nextId, next),
      ...task.claims.map((id) => (next.claims.includes(id) ? claims.write(id, { taskId: nextId }) : claims.remove(id))),
    ])
    this.#launch(nextId, next)
  }

  #followingTask(task: TaskDoc, follow: FollowUp): TaskDoc {
    return this.#newTask({ ...task, ...follow, taskId: '' })
  }

  /** A task that cannot be stored goes on when it can: a full disk must not leave it dead and its objects claimed. */
  async #store(taskId: string, writes: readonly Write[]): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        return await this.#commit([], writes)
      } catch (error) {
        if (!(error instanceof StoreFullError)) throw error
        this.#options.log(taskId, 'no room to store how far the task is', error)
        await delay(retryDelayMs(tries), undefined, { signal: this.#stop.signal })
      }
    }
  }

  async #commit(expect: readonly Expectation[], writes: readonly Write[]): Promise<void> {
    try {
      const { revision } = await this.#options.store.transaction({ expect, writes })
      await this.#options.documents.tasks.cache.waitFor(revision)
    } catch (error) {
      throw error instanceof StoreConflictError ? (this.#asBusy(error) ?? error) : error
    }
  }

  /** A claim that exists belongs to a task: say which. */
  #asBusy(conflict: StoreConflictError): Error | undefined {
    if (conflict.kind !== 'claim') return undefined
    const claim = this.#options.documents.claims.find(conflict.id)
    const task = claim === undefined ? undefined : this.view(claim.value.taskId)
    if (claim === undefined || task === undefined) return undefined
    const { kind, name } = task.target
    return refuse('busy', { kind, name, taskId: task.id, action: task.action }, { cause: conflict })
  }

  #isKnown(task: TaskDoc): boolean {
    return this.#workflows.get(task.workflow.name)?.version === task.workflow.version
  }

  #outline(task: TaskDoc): StepOutline[] {
    if (!this.#isKnown(task)) return []
    const steps = this.#workflows.get(task.workflow.name)?.steps(task.input) ?? []
    return steps.map(({ name, title, kind }) => ({ name, title, isCancellable: kind === 'undoable' }))
  }
}
