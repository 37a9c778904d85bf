import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { AGENT_PATHS, type AgentHello, STREAM_SILENCE_MS, type StreamMessage } from '@viv/agent-api'
import type { AgentHttp } from './agent-http.ts'
import { AgentContractError } from './errors.ts'

/** Short enough that a returning agent is seen within a second, long enough to cost nothing. */
const RECONNECT_MS = 200

export interface LinkListener {
  onHello(hello: AgentHello): Promise<void>
  /** Called in the stream's order, each after the one before has settled. */
  onMessage(hello: AgentHello, message: StreamMessage): Promise<void>
  onLost(hello: AgentHello | undefined, error: unknown): void
}

/**
 * Keeps one agent's stream open.
 *
 *   connect ──▶ hello ──▶ list ──▶ change, change, …    (seq rises by one)
 *      ▲                              │ gap, silence, end
 *      └────────── wait a little ◀────┘
 */
export class AgentLink {
  readonly #http: AgentHttp
  readonly #listener: LinkListener
  readonly #stop = new AbortController()
  readonly #ended: Promise<void>

  constructor(http: AgentHttp, listener: LinkListener) {
    this.#http = http
    this.#listener = listener
    this.#ended = this.#run()
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#ended
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      let hello: AgentHello | undefined
      try {
        hello = await this.#hello()
        await this.#listener.onHello(hello)
        await this.#follow(hello)
      } catch (error) {
        if (!signal.aborted) this.#listener.onLost(hello, error)
      }
      await delay(RECONNECT_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  async #hello(): Promise<AgentHello> {
    const { status, body } = await this.#http.call('GET', AGENT_PATHS.hello)
    const hello = body as AgentHello | undefined
    if (status !== 200 || hello?.contract !== 1) {
      throw new AgentContractError(`this manager speaks contract 1, the agent answered ${status} ${hello?.contract}`)
    }
    return hello
  }

  async #follow(hello: AgentHello): Promise<void> {
    const silence = new AbortController()
    const signal = AbortSignal.any([this.#stop.signal, silence.signal])
    const response = await this.#http.stream(AGENT_PATHS.stream, signal)
    const timer = setTimeout(() => silence.abort(new Error('the agent fell silent')), STREAM_SILENCE_MS)
    try {
      let seq = -1
      for await (const line of createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY })) {
        timer.refresh()
        const message = JSON.parse(line) as StreamMessage
        seq = nextSeq(seq, message, hello)
        await this.#listener.onMessage(hello, message)
      }
      throw new AgentContractError('the stream ended')
    } finally {
      clearTimeout(timer)
      response.destroy()
    }
  }
}

function nextSeq(seq: number, message: StreamMessage, hello: AgentHello): number {
  if (message.type === 'progress') return seq
  if (message.type === 'list') {
    if (message.agentEpoch !== hello.agentEpoch) throw new AgentContractError('another agent answered')
    return message.seq
  }
  const expected = message.type === 'alive' ? seq : seq + 1
  if (seq < 0 || message.seq !== expected)
    throw new AgentContractError(`gap in the stream: ${seq}, then ${message.seq}`)
  return message.seq
}
