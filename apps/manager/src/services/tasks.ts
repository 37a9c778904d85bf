import { type AnyListQuery, type Page, type Task, TASK_STATES } from '@viv/api'
import { effect, type Refusal, refusal } from '@viv/common'
import type { Caller } from '../auth/caller.ts'
import { nameKey } from '../domain/sorted-entries.ts'
import { begunTask } from './beginnings.ts'
import { ListView } from './list-view.ts'
import { lookUp } from './lookup.ts'
import { type Planned, present } from './planned.ts'
import type { ServiceParts } from './parts.ts'

export class TaskService {
  readonly #parts: ServiceParts
  readonly #list: ListView<Task>

  constructor(parts: ServiceParts) {
    this.#parts = parts
    this.#list = taskList(parts)
  }

  list(caller: Caller, query: AnyListQuery): Page<Task> {
    return this.#list.page(caller, query)
  }

  /** The task; with a wait, as soon as it and whatever follows it have said something final. */
  async get(caller: Caller, taskId: string, waitSeconds: number): Promise<Task> {
    lookUp(caller, 'task', this.#parts.documents.tasks, taskId)
    const task = await this.#parts.engine.wait(taskId, waitSeconds * 1000)
    return task as Task
  }

  cancel(caller: Caller, taskId: string): Planned<Task> {
    const { documents, engine } = this.#parts
    lookUp(caller, 'task', documents.tasks, taskId)
    const task = begunTask(engine, taskId)
    return {
      effects: [effect('task_cancelled', { taskId, action: task.action })],
      warnings: [],
      blockers: present(task.cancellable ? undefined : notCancellable(task)),
      apply: () => {
        engine.cancel(taskId)
        return Promise.resolve(begunTask(engine, taskId))
      },
    }
  }
}

const notCancellable = ({ id: taskId, action, state }: Task): Refusal =>
  refusal('task_not_cancellable', { taskId, action, state })

function taskList(parts: ServiceParts): ListView<Task> {
  const { documents, engine } = parts
  return new ListView<Task>(parts, {
    kind: 'task',
    usualSort: '-startedAt',
    known: { state: TASK_STATES },
    shape: {
      sorts: {
        startedAt: ({ startedAt }) => startedAt,
        name: ({ target }) => nameKey(target.name),
        action: ({ action }) => action,
        state: ({ state }) => state,
      },
      facets: {
        state: ({ state }) => state,
        action: ({ action }) => action.toLowerCase(),
        targetId: ({ target }) => target.id,
      },
      text: ({ target }) => target.name,
    },
    ids: () => documents.tasks.ids(),
    view: (id) => engine.view(id),
    affected: ({ kind, id }) => (kind === 'task' ? [id] : []),
    // How far it is stands in no document.
    fresh: (task) => (task.endedAt === undefined ? (engine.view(task.id) ?? task) : task),
  })
}
