import { Uuid } from '@viv/common'
import { type Static, Type } from 'typebox'
import { Blocker } from './errors.ts'
import { Filter, listQuery, pageOf } from './lists.ts'
import { ChangeQuery } from './plans.ts'
import { define } from './route.ts'
import { closed, Time, WaitQuery } from './words.ts'

const TaskParams = Type.Object({ taskId: Uuid }, closed)

export const TASK_STATES = [
  'running',
  'waiting_for_host',
  'undoing',
  'succeeded',
  'failed',
  'cancelled',
  'parked',
] as const

export const TaskState = Type.Enum([...TASK_STATES])
export type TaskState = (typeof TASK_STATES)[number]

export const Task = Type.Object(
  {
    id: Uuid,
    /** The operation, as in the route table: vmCreate, vmStart … */
    action: Type.String(),
    target: Type.Object({ kind: Type.String(), id: Uuid, name: Type.String() }),
    state: TaskState,
    progress: Type.Number({ minimum: 0, maximum: 1 }),
    step: Type.String(),
    cancellable: Type.Boolean(),
    startedAt: Time,
    endedAt: Type.Optional(Time),
    /** The task that goes on where this one ended (start after create). */
    followedBy: Type.Optional(Uuid),
    error: Type.Optional(Type.Object({ code: Type.String(), message: Type.String(), blockers: Type.Array(Blocker) })),
    output: Type.Optional(Type.Unknown()),
  },
  { $id: 'Task' },
)
export type Task = Static<typeof Task>

/** By what tasks can be sorted. */
export const TASK_SORTS = ['startedAt', 'name', 'action', 'state'] as const

export const taskRoutes = {
  taskList: define({
    operation: 'taskList',
    method: 'GET',
    path: '/v1/tasks',
    permission: 'task.view',
    target: 'task',
    summary: 'Tasks, a page at a time, the newest first if nothing else is said',
    query: listQuery(TASK_SORTS, {
      state: Filter('states: running, failed …'),
      action: Filter('operations: vmCreate, vmStart …'),
      targetId: Filter('ids of what they work on'),
    }),
    status: 200,
    reply: pageOf(Task),
  }),
  taskGet: define({
    operation: 'taskGet',
    method: 'GET',
    path: '/v1/tasks/:taskId',
    permission: 'task.view',
    target: 'task',
    summary: 'One task; with wait, answers when it has ended',
    params: TaskParams,
    query: WaitQuery,
    status: 200,
    reply: Task,
  }),
  taskCancel: define({
    operation: 'taskCancel',
    method: 'POST',
    path: '/v1/tasks/:taskId/actions/cancel',
    permission: 'task.cancel',
    target: 'task',
    summary: 'Cancel a task while it says it can be',
    params: TaskParams,
    query: ChangeQuery,
    status: 202,
    reply: Task,
  }),
} as const
