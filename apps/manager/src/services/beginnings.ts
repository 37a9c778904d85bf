import type { Task } from '@viv/api'
import { type Warning, warning } from '@viv/common'
import type { Deed } from '../domain/history.ts'
import { withoutUndefined } from '../domain/vm.ts'
import type { Beginning, Engine } from '../workflows/engine.ts'
import type { ServiceParts } from './parts.ts'
import type { ChangeRequest } from './requests.ts'

/** What every task takes over from the request that begins it. */
export function asked({ operation, caller, why }: ChangeRequest): Pick<Beginning, 'action' | 'caller' | 'why'> {
  return withoutUndefined({ action: operation, caller: caller.userName, why })
}

/** The same, as the history keeps it of a change that is no task. */
export function deedOfRequest(request: ChangeRequest): Deed {
  const { action, caller: by, why } = asked(request)
  return withoutUndefined({ action, by, why })
}

export function begunTask(engine: Engine, taskId: string): Task {
  const task = engine.view(taskId)
  if (task === undefined) throw new Error(`task ${taskId} vanished`)
  return task
}

/** Work on a host that is silent is begun all the same, and waits. */
export function hostWarnings({ documents, agents }: ServiceParts, hostId: string): Warning[] {
  if (agents.isReachable(hostId)) return []
  return [warning('host_silent', { host: documents.hosts.find(hostId)?.value.name ?? hostId })]
}
