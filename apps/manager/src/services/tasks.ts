import type { Task } from '@viv/api'
import { type Caller, visible } from '../auth/caller.ts'
import { lookUp } from './lookup.ts'
import type { ServiceParts } from './parts.ts'

export class TaskService {
  readonly #parts: ServiceParts

  constructor(parts: ServiceParts) {
    this.#parts = parts
  }

  /** Newest first. */
  list(caller: Caller): Task[] {
    const { documents, engine } = this.#parts
    return documents.tasks
      .list()
      .filter(({ id }) => visible(caller, { kind: 'task', id }))
      .flatMap(({ id }) => engine.view(id) ?? [])
      .sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))
  }

  /** The task; with a wait, as soon as it and whatever follows it have said something final. */
  async get(caller: Caller, taskId: string, waitSeconds: number): Promise<Task> {
    lookUp(caller, 'task', this.#parts.documents.tasks, taskId)
    const task = await this.#parts.engine.wait(taskId, waitSeconds * 1000)
    return task as Task
  }

  async cancel(caller: Caller, taskId: string): Promise<Task> {
    lookUp(caller, 'task', this.#parts.documents.tasks, taskId)
    this.#parts.engine.cancel(taskId)
    return this.#parts.engine.view(taskId) as Task
  }
}
