import type { Datastore, Host } from '@viv/api'
import { type Caller, visible } from '../auth/caller.ts'
import { datastoreView, hostView } from '../domain/host.ts'
import { lookUp } from './lookup.ts'
import type { ServiceParts } from './parts.ts'

export class HostService {
  readonly #parts: ServiceParts

  constructor(parts: ServiceParts) {
    this.#parts = parts
  }

  list(caller: Caller): Host[] {
    const { documents, agents } = this.#parts
    return documents.hosts
      .list()
      .filter(({ id }) => visible(caller, { kind: 'host', id }))
      .map(({ id, value }) => hostView(id, value, agents.isReachable(id)))
  }

  get(caller: Caller, hostId: string): Host {
    const { documents, agents } = this.#parts
    return hostView(hostId, lookUp(caller, 'host', documents.hosts, hostId).value, agents.isReachable(hostId))
  }

  datastores(caller: Caller): Datastore[] {
    return this.#parts.documents.hosts
      .list()
      .map(({ id, value }) => datastoreView(id, value))
      .filter(({ id }) => visible(caller, { kind: 'datastore', id }))
  }
}
