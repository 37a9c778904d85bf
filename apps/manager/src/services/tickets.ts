import { randomBytes } from 'node:crypto'
import type { Ticket, TicketCreate } from '@viv/api'
import { AppError, refuse } from '@viv/common'
import type { Caller } from '../auth/caller.ts'
import { lookUp } from './lookup.ts'
import type { ServiceParts } from './parts.ts'
import { stateRefusal } from './vm-facts.ts'

/** From the answer to the WebSocket's first byte; a page that loads its viewer meanwhile needs a moment. */
const VALID_MS = 30_000
/** More than that at once is somebody who collects them: the oldest go. */
const MOST = 10_000

interface Held {
  readonly caller: Caller
  readonly vmId: string
  readonly use: TicketCreate['for']
  readonly expiresAtMs: number
}

/**
 * Tickets that open one console each, once. They live in this process alone, and no longer than a breath: a restart
 * voids them, and the page asks for another.
 */
export class TicketService {
  readonly #parts: ServiceParts
  readonly #held = new Map<string, Held>()

  constructor(parts: ServiceParts) {
    this.#parts = parts
  }

  create(caller: Caller, vmId: string, use: TicketCreate['for']): Ticket {
    const { value: vm } = lookUp(caller, 'vm', this.#parts.documents.vms, vmId)
    const refused = stateRefusal(this.#parts, vmId, vm, 'console')
    if (refused !== undefined) throw new AppError([refused])
    this.#forgetOld()
    const ticket = randomBytes(24).toString('base64url')
    const expiresAtMs = Date.now() + VALID_MS
    this.#held.set(ticket, { caller, vmId, use, expiresAtMs })
    return { ticket, path: `/v1/vms/${vmId}/${use}?ticket=${ticket}`, expiresAt: new Date(expiresAtMs).toISOString() }
  }

  /** Whose ticket it was. It is used up by this, also where it does not fit. */
  redeem(ticket: string, vmId: string, use: TicketCreate['for']): Caller {
    const held = this.#held.get(ticket)
    this.#held.delete(ticket)
    if (held === undefined || held.vmId !== vmId || held.use !== use || held.expiresAtMs <= Date.now()) {
      throw refuse('ticket_invalid', { seconds: VALID_MS / 1000 })
    }
    return held.caller
  }

  /** They are held in the order of their age. */
  #forgetOld(): void {
    for (const [ticket, { expiresAtMs }] of this.#held) {
      if (expiresAtMs > Date.now() && this.#held.size < MOST) return
      this.#held.delete(ticket)
    }
  }
}
