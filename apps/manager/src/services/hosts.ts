import type { AnyListQuery, Datastore, Host, Page } from '@viv/api'
import type { Caller } from '../auth/caller.ts'
import { datastoreView, type HostFacts, hostView } from '../domain/host.ts'
import { nameKey } from '../domain/sorted-entries.ts'
import { ListView } from './list-view.ts'
import { lookUp } from './lookup.ts'
import type { ServiceParts } from './parts.ts'

export class HostService {
  readonly #parts: ServiceParts
  readonly #list: ListView<Host>
  readonly #datastores: ListView<Datastore>

  constructor(parts: ServiceParts) {
    this.#parts = parts
    this.#list = hostList(parts)
    this.#datastores = datastoreList(parts)
  }

  list(caller: Caller, query: AnyListQuery): Page<Host> {
    return this.#list.page(caller, query)
  }

  get(caller: Caller, hostId: string): Host {
    lookUp(caller, 'host', this.#parts.documents.hosts, hostId)
    return findHostView(this.#parts, hostId) as Host
  }

  datastores(caller: Caller, query: AnyListQuery): Page<Datastore> {
    return this.#datastores.page(caller, query)
  }

  /** It has begun to answer, or stopped: no document says so. */
  hostChanged(hostId: string): void {
    this.#list.refresh([hostId])
  }
}

export function findHostView({ documents, agents }: ServiceParts, hostId: string): Host | undefined {
  const found = documents.hosts.find(hostId)
  return found === undefined ? undefined : hostView(hostId, found.value, agents.isReachable(hostId))
}

function hostList(parts: ServiceParts): ListView<Host> {
  const facts = ({ facts: said }: Host) => said as HostFacts
  return new ListView<Host>(parts, {
    kind: 'host',
    usualSort: 'name',
    shape: {
      sorts: {
        name: ({ name }) => nameKey(name),
        cpus: (host) => facts(host).cpus,
        memoryMib: (host) => facts(host).memoryMib,
      },
      facets: { name: ({ name }) => name.toLowerCase() },
      text: ({ name }) => name,
    },
    ids: () => parts.documents.hosts.ids(),
    view: (id) => findHostView(parts, id),
    affected: ({ kind, id }) => (kind === 'host' ? [id] : []),
  })
}

/** Each host has one datastore in this version, so a host's change is its datastore's. */
function datastoreList(parts: ServiceParts): ListView<Datastore> {
  const { hosts } = parts.documents
  return new ListView<Datastore>(parts, {
    kind: 'datastore',
    usualSort: 'name',
    shape: {
      sorts: {
        name: ({ name }) => nameKey(name),
        freeBytes: ({ freeBytes }) => freeBytes,
        totalBytes: ({ totalBytes }) => totalBytes,
      },
      facets: { hostId: ({ hostIds }) => hostIds },
      text: ({ name }) => name,
    },
    ids: () => hosts.ids(),
    view: (hostId) => {
      const host = hosts.find(hostId)
      return host === undefined ? undefined : datastoreView(hostId, host.value)
    },
    affected: ({ kind, id }) => (kind === 'host' ? [id] : []),
  })
}
