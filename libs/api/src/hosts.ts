import { Uuid } from '@viv/common'
import { type Static, Type } from 'typebox'
import { Filter, listQuery, pageOf } from './lists.ts'
import { define } from './route.ts'
import { closed, Time } from './words.ts'

export const Host = Type.Object(
  {
    id: Uuid,
    name: Type.String(),
    isReachable: Type.Boolean(),
    seenAt: Type.Optional(Time),
    agentVersion: Type.String(),
    facts: Type.Unknown(),
  },
  { $id: 'Host' },
)
export type Host = Static<typeof Host>

export const Datastore = Type.Object(
  {
    id: Uuid,
    name: Type.String(),
    kind: Type.Literal('dir'),
    hostIds: Type.Array(Uuid),
    isShared: Type.Boolean(),
    totalBytes: Type.Integer(),
    freeBytes: Type.Integer(),
  },
  { $id: 'Datastore' },
)
export type Datastore = Static<typeof Datastore>

/** By what hosts can be sorted. */
export const HOST_SORTS = ['name', 'cpus', 'memoryMib'] as const
export const DATASTORE_SORTS = ['name', 'freeBytes', 'totalBytes'] as const

export const hostRoutes = {
  hostList: define({
    operation: 'hostList',
    method: 'GET',
    path: '/v1/hosts',
    permission: 'host.view',
    target: 'host',
    summary: 'Hosts, a page at a time',
    query: listQuery(HOST_SORTS, { name: Filter('names, whole; upper and lower case are one') }),
    status: 200,
    reply: pageOf(Host),
  }),
  hostGet: define({
    operation: 'hostGet',
    method: 'GET',
    path: '/v1/hosts/:hostId',
    permission: 'host.view',
    target: 'host',
    summary: 'One host',
    params: Type.Object({ hostId: Uuid }, closed),
    status: 200,
    reply: Host,
  }),
  datastoreList: define({
    operation: 'datastoreList',
    method: 'GET',
    path: '/v1/datastores',
    permission: 'datastore.view',
    target: 'datastore',
    summary: 'Datastores, a page at a time',
    query: listQuery(DATASTORE_SORTS, { hostId: Filter('ids of hosts that reach it') }),
    status: 200,
    reply: pageOf(Datastore),
  }),
} as const
