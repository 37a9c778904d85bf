import type { TaskService } from '../services/tasks.ts'
import { type Answers, type Handlers, waitSeconds } from './handler.ts'

type TaskOperations = 'taskList' | 'taskGet' | 'taskCancel'

export const taskHandlers = (tasks: TaskService, { done }: Answers): Pick<Handlers, TaskOperations> => ({
  taskList: ({ caller, query }) => tasks.list(caller, query),
  taskGet: ({ caller, params, query }) => tasks.get(caller, params.taskId, waitSeconds(query)),
  taskCancel: ({ caller, params, query }) => done(query, () => tasks.cancel(caller, params.taskId)),
})
