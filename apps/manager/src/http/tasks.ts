import type { TaskService } from '../services/tasks.ts'
import { type Handlers, waitSeconds } from './handler.ts'

export const taskHandlers = (tasks: TaskService): Pick<Handlers, 'taskList' | 'taskGet' | 'taskCancel'> => ({
  taskList: ({ caller }) => ({ items: tasks.list(caller) }),
  taskGet: ({ caller, params, query }) => tasks.get(caller, params.taskId, waitSeconds(query)),
  taskCancel: ({ caller, params }) => tasks.cancel(caller, params.taskId),
})
