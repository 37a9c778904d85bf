import { Uuid } from '@viv/common'
import { type Static, Type } from 'typebox'
import { define } from './route.ts'
import { closed, listOf, Time } from './words.ts'

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

export const hostRoutes = {
  hostList: define({
    operation: 'hostList',
    method: 'GET',
    path: '/v1/hosts',
    permission: 'host.view',
    target: 'host',
    summary: 'All hosts',
    status: 200,
    reply: listOf(Host),
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
    summary: 'All datastores',
    status: 200,
    reply: listOf(Datastore),
  }),
} as const
