import { randomInt } from 'node:crypto'
import { QmpDisconnectedError, QmpProtocolError, QmpTimeoutError } from './errors.ts'
import { Exchange } from './exchange.ts'
import type { JsonObject } from './framer.ts'
import {
  GUEST_REPLIES,
  type GuestCommandName,
  type GuestDepartureName,
  type GuestParameters,
  type GuestReply,
} from './guest-commands.ts'
import { type ConnectOptions, connectUnix, type Transport } from './transport.ts'

/**
 * The QEMU guest agent's client. https://www.qemu.org/docs/master/interop/qemu-ga.html
 *
 *   we ──► 0xFF                              ends what an earlier client left half sent
 *   we ──► guest-sync-delimited {id: random}
 *          … stale answers … 0xFF {"return": random}  ◄── agent       all before 0xFF is thrown away unread
 *   we ──► command, id n        {"id": n, "return": …} ◄── agent      other ids are thrown away
 *
 * A connection is for one use (some commands in a row) and is closed after it: the guest's side dies and returns with
 * every reboot without our seeing it, so a kept connection would have to be synchronized before each use anyway, and a
 * hostile guest can send to us only while we ask for something. It costs at most 100 ms, after which an agent looks
 * for a new client; so a use that is in a hurry (freeze, snapshot, thaw) keeps its one connection over all steps.
 *
 * All that arrives is the guest's word: bounded in size, in depth and in number, checked in shape; late or unasked
 * answers are dropped, and a guest that sends them without end loses its connection.
 */

/** A healthy agent answers in a millisecond; one in a guest that is starting, or starved of its processor, in some seconds. */
export const GUEST_COMMAND_TIMEOUT_MS = 5_000

/** `guest-shutdown` waits for the guest's `shutdown` program, which says within this whether it refuses. */
export const GUEST_REFUSAL_TIMEOUT_MS = 1_000

/** The longest answer of use is a program's output, which we take up to 3 MiB (4 MiB in Base64). A guest gets no more of our memory. */
const MAX_GUEST_MESSAGE_BYTES = 4 * 1024 * 1024

/**
 * All that may come between two answers that we wait for: what an earlier client left unread, and the next answer. A
 * guest that sends more than twice its longest answer is not answering, and its connection is closed.
 */
const MAX_GUEST_UNASKED_BYTES = 2 * MAX_GUEST_MESSAGE_BYTES

/** A thousand network interfaces are some 30 000 values, five deep; what is built of an answer stays below 10 MB. */
const GUEST_COMPLEXITY = { maxDepth: 32, maxValues: 100_000 }

/** Random numbers as large as `randomInt` makes them: an answer to an earlier client must not match by chance. */
const RANDOM_ID_RANGE = 2 ** 47

export interface GuestAgentOptions {
  /** For the synchronization, which is also how one finds out whether an agent runs at all. */
  syncTimeoutMs?: number
}

export class GuestAgent {
  /** Resolves, and never rejects, with the reason. */
  readonly closed: Promise<Error>
  readonly #exchange: Exchange
  readonly #token = randomInt(RANDOM_ID_RANGE)
  #isSynchronized = false

  private constructor(transport: Transport) {
    this.#exchange = new Exchange(transport, {
      maxMessageBytes: MAX_GUEST_MESSAGE_BYTES,
      maxUnaskedBytes: MAX_GUEST_UNASKED_BYTES,
      complexity: GUEST_COMPLEXITY,
      startsAtSentinel: true,
      firstId: randomInt(RANDOM_ID_RANGE),
      onMessage: (message) => this.#takeUnnamed(message),
    })
    this.closed = this.#exchange.closed
  }

  /** Synchronizes with the agent on a fresh connection. Closes `transport` if that fails. */
  static async open(transport: Transport, options: GuestAgentOptions = {}): Promise<GuestAgent> {
    const agent = new GuestAgent(transport)
    try {
      transport.send(Uint8Array.of(0xff))
      await agent.#synchronize(options.syncTimeoutMs ?? GUEST_COMMAND_TIMEOUT_MS)
      return agent
    } catch (error) {
      agent.close()
      throw error
    }
  }

  /** Connects to the Unix socket of the agent's port and synchronizes. */
  static async connect(path: string, options: ConnectOptions & GuestAgentOptions): Promise<GuestAgent> {
    return GuestAgent.open(await connectUnix(path, options), options)
  }

  /**
   * Runs a command of the agent, one after another: the agent does not work in parallel. After a timeout the agent may
   * still be at the command, and a thaw sent then waits behind it.
   */
  async execute<Name extends GuestCommandName>(
    name: Name,
    ...[args, options]: GuestParameters<Name>
  ): Promise<GuestReply<Name>> {
    const reply = await this.#exchange.request(name, args, options?.timeoutMs ?? GUEST_COMMAND_TIMEOUT_MS)
    if (GUEST_REPLIES[name].matches(reply)) return reply as GuestReply<Name>
    const garbage = new QmpProtocolError(`the guest agent's reply to ${name} has not the promised shape`)
    this.#exchange.end(garbage)
    throw garbage
  }

  /**
   * Sends a command that answers only when it fails. Returning means that no refusal came before `timeoutMs`, not that
   * the guest is gone: QEMU's SHUTDOWN or SUSPEND event tells that.
   */
  async send<Name extends GuestDepartureName>(name: Name, ...[args, options]: GuestParameters<Name>): Promise<void> {
    const answer = this.#exchange.request(name, args, options?.timeoutMs ?? GUEST_REFUSAL_TIMEOUT_MS)
    try {
      await answer
    } catch (error) {
      const isSilent = error instanceof QmpTimeoutError || error instanceof QmpDisconnectedError
      if (!isSilent) throw error
    }
  }

  close(): void {
    this.#exchange.end(new QmpDisconnectedError('we closed the connection'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    await this.closed
  }

  async #synchronize(timeoutMs: number): Promise<void> {
    const echoed = await this.#exchange.request('guest-sync-delimited', { id: this.#token }, timeoutMs)
    if (echoed !== this.#token) throw new QmpProtocolError('the guest agent synchronized on another number')
    this.#isSynchronized = true
  }

  #takeUnnamed(message: JsonObject): void {
    if (message.return === this.#token) {
      throw new QmpProtocolError('the guest agent is older than QEMU 4.0: it does not name the command it answers')
    }
    // Before that anything may come, among it the agent's complaint about our 0xFF.
    if (this.#isSynchronized) throw new QmpProtocolError('the guest agent sent a message that answers no command')
  }
}
