import { Type } from 'typebox'
import { eventRoutes } from './events.ts'
import { historyRoutes } from './history.ts'
import { hostRoutes } from './hosts.ts'
import { imageRoutes } from './images.ts'
import { define } from './route.ts'
import { sessionRoutes } from './sessions.ts'
import { taskRoutes } from './tasks.ts'
import { ticketRoutes } from './tickets.ts'
import { upgradeRoutes } from './upgrades.ts'
import { vmPartRoutes } from './vm-parts.ts'
import { vmRoutes } from './vms.ts'

/** The public API: every route of every resource. */
export const ROUTES = {
  ...sessionRoutes,
  ...vmRoutes,
  ...vmPartRoutes,
  ...imageRoutes,
  ...taskRoutes,
  ...hostRoutes,
  ...historyRoutes,
  ...ticketRoutes,
  ...upgradeRoutes,
  ...eventRoutes,
  openapiGet: define({
    operation: 'openapiGet',
    method: 'GET',
    path: '/v1/openapi.json',
    permission: 'public',
    target: 'none',
    summary: 'This description',
    status: 200,
    reply: Type.Unknown(),
  }),
} as const

export type Operation = keyof typeof ROUTES
