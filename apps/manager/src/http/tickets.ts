import type { TicketService } from '../services/tickets.ts'
import type { Handlers } from './handler.ts'

export const ticketHandlers = (tickets: TicketService): Pick<Handlers, 'ticketCreate'> => ({
  ticketCreate: ({ caller, params, body }) => tickets.create(caller, params.vmId, body.for),
})
