import { QmpCommandError, QmpDisconnectedError, QmpProtocolError, QmpTimeoutError } from './errors.ts'
import { Framer, type FramerOptions, isJsonObject, type JsonObject } from './framer.ts'
import type { Transport } from './transport.ts'

/**
 * Commands out, replies in: what QMP and the guest agent have in common.
 *
 *   request ─► {"execute", "arguments", "id": n} ─► transport
 *      ▲                                               │
 *      └── pending[n] ◄── {"id": n, "return" | "error"}┤
 *                         {"id": unknown}  dropped  ◄──┤   the answer to a request that timed out, or a lie
 *           onMessage ◄── without id                ◄──┘   greeting, events
 *
 * It ends once, for one reason: every pending request fails with it and `closed` resolves to it.
 */
export interface ExchangeOptions extends FramerOptions {
  /** Gets what is no reply. What it throws ends the exchange. */
  onMessage: (message: JsonObject) => void
  /** The id of the first command; the next ones count up. */
  firstId?: number
}

interface Pending {
  command: string
  resolve: (value: unknown) => void
  reject: (error: Error) => void
  timer: NodeJS.Timeout
}

export class Exchange {
  /** Resolves, and never rejects, with the reason for the end. */
  readonly closed: Promise<Error>
  readonly #transport: Transport
  readonly #framer: Framer
  readonly #onMessage: (message: JsonObject) => void
  readonly #pending = new Map<unknown, Pending>()
  readonly #resolveClosed: (reason: Error) => void
  #nextId: number
  #endReason: Error | undefined

  constructor(transport: Transport, options: ExchangeOptions) {
    const { promise, resolve } = Promise.withResolvers<Error>()
    this.closed = promise
    this.#resolveClosed = resolve
    this.#transport = transport
    this.#framer = new Framer(options)
    this.#onMessage = options.onMessage
    this.#nextId = options.firstId ?? 1
    void this.#read()
  }

  /** Sends a command and waits for its reply. Throws at once, and makes no promise, where it cannot be sent. */
  request(command: string, args: object | undefined, timeoutMs: number): Promise<unknown> {
    if (this.#endReason !== undefined) throw this.#endReason
    const id = this.#nextId++
    this.#send(`${JSON.stringify({ execute: command, arguments: args, id })}\n`)
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const timer = setTimeout(() => {
      this.#pending.delete(id)
      reject(new QmpTimeoutError(command, timeoutMs))
    }, timeoutMs)
    this.#pending.set(id, { command, resolve, reject, timer })
    return promise
  }

  end(reason: Error): void {
    if (this.#endReason !== undefined) return
    this.#endReason = reason
    this.#transport.close()
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer)
      reject(reason)
    }
    this.#pending.clear()
    this.#resolveClosed(reason)
  }

  #send(line: string): void {
    try {
      this.#transport.send(line)
    } catch (error) {
      const reason = disconnectedBy(error)
      this.end(reason)
      throw reason
    }
  }

  async #read(): Promise<void> {
    try {
      for await (const chunk of this.#transport) {
        for (const message of this.#framer.push(chunk)) this.#take(message)
      }
      this.end(new QmpDisconnectedError('the peer closed the connection'))
    } catch (error) {
      this.end(error instanceof QmpProtocolError ? error : disconnectedBy(error))
    }
  }

  #take(message: JsonObject): void {
    if (!('id' in message)) {
      this.#onMessage(message)
      return
    }
    const pending = this.#pending.get(message.id)
    if (pending === undefined) return
    this.#framer.answered()
    this.#pending.delete(message.id)
    clearTimeout(pending.timer)
    if ('return' in message) pending.resolve(message.return)
    else pending.reject(refusalIn(message, pending.command))
  }
}

function refusalIn(message: JsonObject, command: string): Error {
  const { error } = message
  if (isJsonObject(error) && typeof error.class === 'string' && typeof error.desc === 'string') {
    return new QmpCommandError(command, error.class, error.desc)
  }
  return new QmpProtocolError(`the reply to ${command} is neither a return nor an error`)
}

function disconnectedBy(error: unknown): Error {
  if (error instanceof QmpDisconnectedError) return error
  return new QmpDisconnectedError('the connection broke', { cause: error })
}
