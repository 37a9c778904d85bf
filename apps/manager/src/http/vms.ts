import type { TaskService } from '../services/tasks.ts'
import type { VmService } from '../services/vms.ts'
import { type Handlers, waitSeconds } from './handler.ts'

type VmOperations = 'vmList' | 'vmGet' | 'vmCreate' | 'vmUpdate' | 'vmDelete' | 'vmStart' | 'vmStop' | 'vmReset'

export const vmHandlers = (vms: VmService, tasks: TaskService): Pick<Handlers, VmOperations> => ({
  vmList: ({ caller }) => ({ items: vms.list(caller) }),
  vmGet: ({ caller, params }) => vms.get(caller, params.vmId),
  vmUpdate: ({ caller, params, ifMatch, body }) => vms.update(caller, params.vmId, ifMatch, body),
  vmCreate: async ({ caller, change, body, query }) => {
    const task = await vms.create(change, body)
    return tasks.get(caller, task.id, waitSeconds(query))
  },
  vmDelete: async ({ caller, change, params, query }) => {
    const task = await vms.delete(change, params.vmId)
    return tasks.get(caller, task.id, waitSeconds(query))
  },
  vmStart: async ({ caller, change, params, query }) => {
    const task = await vms.start(change, params.vmId)
    return tasks.get(caller, task.id, waitSeconds(query))
  },
  vmStop: async ({ caller, change, params, query, body }) => {
    const task = await vms.stop(change, params.vmId, body)
    return tasks.get(caller, task.id, waitSeconds(query))
  },
  vmReset: async ({ caller, change, params, query }) => {
    const task = await vms.reset(change, params.vmId)
    return tasks.get(caller, task.id, waitSeconds(query))
  },
})
