import { QmpDisconnectedError, QmpProtocolError, QmpTimeoutError } from './errors.ts'
import { type ListenerErrorHandler, type QmpEvent, QmpEventHub } from './events.ts'
import { Exchange } from './exchange.ts'
import { isJsonObject, type JsonObject } from './framer.ts'
import type { QmpCommands } from './generated/commands.ts'
import { type ConnectOptions, connectUnix, type Transport } from './transport.ts'

/**
 * One QMP connection. https://www.qemu.org/docs/master/interop/qmp-spec.html
 *
 *   connected ──{"QMP": …}──► greeted ──qmp_capabilities──► open ──EOF, error, close()──► closed
 *
 * A monitor socket serves one client at a time: QEMU accepts a second one and never greets it, which shows here as a
 * `QmpTimeoutError` for the greeting.
 */

/**
 * QEMU answers in milliseconds; what holds it up for seconds is storage that hangs while it drains requests. A
 * command that takes longer than this is worth a look by whoever sent it.
 */
export const COMMAND_TIMEOUT_MS = 30_000

/** A QEMU under way needs 50 ms to greet; a loaded host that starts fifty of them, some seconds. */
export const GREETING_TIMEOUT_MS = 10_000

/** `query-named-block-nodes` on a chain of 50 is 0.7 MB and the schema 0.2 MB; no reply has a reason to be larger. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024

export type QmpCommandName = keyof QmpCommands

export interface ExecuteOptions {
  timeoutMs?: number
}

/** The arguments may be left out where the command needs none. */
export type ExecuteParameters<Name extends QmpCommandName> =
  Record<string, never> extends QmpCommands[Name]['arguments']
    ? [args?: QmpCommands[Name]['arguments'], options?: ExecuteOptions]
    : [args: QmpCommands[Name]['arguments'], options?: ExecuteOptions]

export interface QemuVersion {
  major: number
  minor: number
  micro: number
}

export interface QmpSessionOptions {
  /** For the greeting and the negotiation together. */
  greetingTimeoutMs?: number
  onListenerError?: ListenerErrorHandler
}

export class QmpSession {
  /** Resolves, and never rejects, with the reason: a `QmpDisconnectedError`, or the `QmpProtocolError` that ended it. */
  readonly closed: Promise<Error>
  readonly events: QmpEventHub
  readonly #exchange: Exchange
  readonly #greeting = Promise.withResolvers<QemuVersion>()
  #qemuVersion: QemuVersion | undefined

  private constructor(transport: Transport, onListenerError: ListenerErrorHandler) {
    this.events = new QmpEventHub(onListenerError)
    this.#exchange = new Exchange(transport, {
      maxMessageBytes: MAX_MESSAGE_BYTES,
      onMessage: (message) => this.#takeMessage(message),
    })
    this.closed = this.#exchange.closed.then((reason) => {
      this.#greeting.reject(reason)
      this.events.end(reason)
      return reason
    })
  }

  /** Waits for the greeting on a fresh connection and leaves the negotiation mode. Closes `transport` if that fails. */
  static async open(transport: Transport, options: QmpSessionOptions = {}): Promise<QmpSession> {
    const timeoutMs = options.greetingTimeoutMs ?? GREETING_TIMEOUT_MS
    const session = new QmpSession(transport, options.onListenerError ?? warnOfListener)
    const timer = setTimeout(() => session.#exchange.end(new QmpTimeoutError('greeting', timeoutMs)), timeoutMs)
    try {
      session.#qemuVersion = await session.#greeting.promise
      await session.#exchange.request('qmp_capabilities', undefined, timeoutMs)
      return session
    } catch (error) {
      session.close()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  /** Connects to a monitor's Unix socket and opens a session on it. */
  static async connect(path: string, options: ConnectOptions & QmpSessionOptions): Promise<QmpSession> {
    return QmpSession.open(await connectUnix(path, options), options)
  }

  get qemuVersion(): QemuVersion {
    if (this.#qemuVersion === undefined) throw new Error('the session is not open yet')
    return this.#qemuVersion
  }

  /**
   * Runs a command. Commands may be sent without waiting for the one before; QEMU carries them out in order. The
   * types say what QEMU's schema promises; the reply is not checked. Numbers beyond 2^53 lose their last digits.
   */
  async execute<Name extends QmpCommandName>(
    name: Name,
    ...[args, options]: ExecuteParameters<Name>
  ): Promise<QmpCommands[Name]['reply']> {
    const reply = await this.#exchange.request(name, args, options?.timeoutMs ?? COMMAND_TIMEOUT_MS)
    return reply as QmpCommands[Name]['reply']
  }

  close(): void {
    this.#exchange.end(new QmpDisconnectedError('we closed the connection'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    await this.closed
  }

  #takeMessage(message: JsonObject): void {
    if ('event' in message) this.events.emit(eventIn(message))
    else if ('QMP' in message) this.#greeting.resolve(versionIn(message.QMP))
    // An error without an id: QEMU could not read what we sent, so some pending command will never be answered.
    else throw new QmpProtocolError('QEMU sent a message that answers no command', { cause: message })
  }
}

function versionIn(greeting: unknown): QemuVersion {
  const version = isJsonObject(greeting) && isJsonObject(greeting.version) ? greeting.version.qemu : undefined
  if (isJsonObject(version)) {
    const { major, minor, micro } = version
    if (typeof major === 'number' && typeof minor === 'number' && typeof micro === 'number') {
      return { major, minor, micro }
    }
  }
  throw new QmpProtocolError('the greeting names no version')
}

function eventIn(message: JsonObject): QmpEvent {
  const { event: name, data = {}, timestamp } = message
  const isTimed = isJsonObject(timestamp) && typeof timestamp.seconds === 'number'
  if (typeof name !== 'string' || !isJsonObject(data) || !isTimed) {
    throw new QmpProtocolError('an event lacks its name, its data or its time')
  }
  const microseconds = typeof timestamp.microseconds === 'number' ? timestamp.microseconds : 0
  // The shape of `data` is QEMU's word, as with replies.
  return { name, data, occurredAt: new Date(Number(timestamp.seconds) * 1000 + microseconds / 1000) } as QmpEvent
}

function warnOfListener(error: unknown, eventName: string): void {
  process.emitWarning(new Error(`a listener for the QMP event ${eventName} failed`, { cause: error }))
}
