import { Uuid } from '@viv/common'
import { type Static, Type } from 'typebox'
import { define } from './route.ts'
import { closed, Time } from './words.ts'

export const TicketCreate = Type.Object(
  { for: Type.Union([Type.Literal('screen'), Type.Literal('serial')]) },
  { ...closed, $id: 'TicketCreate' },
)
export type TicketCreate = Static<typeof TicketCreate>

/** Opens one WebSocket, once: a browser can't send a header with it. */
export const Ticket = Type.Object(
  {
    ticket: Type.String(),
    /** Path and query of the WebSocket. */
    path: Type.String(),
    expiresAt: Time,
  },
  { $id: 'Ticket' },
)
export type Ticket = Static<typeof Ticket>

/** The query of a WebSocket that a ticket opens. */
export const TicketQuery = Type.Object({ ticket: Type.Optional(Type.String({ maxLength: 100 })) }, closed)

export const ticketRoutes = {
  ticketCreate: define({
    operation: 'ticketCreate',
    method: 'POST',
    path: '/v1/vms/:vmId/tickets',
    permission: 'vm.console',
    target: 'vm',
    summary: 'A ticket that opens the screen or the serial line once, within 30 seconds',
    params: Type.Object({ vmId: Uuid }, closed),
    body: TicketCreate,
    status: 201,
    reply: Ticket,
  }),
} as const
