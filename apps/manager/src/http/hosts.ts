import type { HostService } from '../services/hosts.ts'
import type { Handlers } from './handler.ts'

export const hostHandlers = (hosts: HostService): Pick<Handlers, 'hostList' | 'hostGet' | 'datastoreList'> => ({
  hostList: ({ caller, query }) => hosts.list(caller, query),
  hostGet: ({ caller, params }) => hosts.get(caller, params.hostId),
  datastoreList: ({ caller, query }) => hosts.datastores(caller, query),
})
