import type { HostAgents } from '../agents/host-agents.ts'
import type { Documents } from '../store/documents.ts'
import type { Store } from '../store/store.ts'
import type { HostConfigs } from '../workflows/host-configs.ts'
import type { Engine } from '../workflows/engine.ts'
import type { Requests } from './requests.ts'

/** What every service works with. */
export interface ServiceParts {
  readonly store: Store
  readonly documents: Documents
  readonly engine: Engine
  readonly agents: HostAgents
  readonly requests: Requests
  readonly hostConfigs: HostConfigs
}
