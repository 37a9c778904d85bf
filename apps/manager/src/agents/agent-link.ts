import type { IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { AGENT_PATHS, type AgentHello, STREAM_SILENCE_MS, type StreamMessage } from '@viv/agent-api'
import type { AgentHttp } from './agent-http.ts'
import type { ConnectTurns } from './connect-turns.ts'
import { AgentContractError } from './errors.ts'

/** A returning agent is seen at once; one that stays away, and perhaps a thousand others with it, within two seconds. */
const FIRST_RECONNECT_MS = 200
const LAST_RECONNECT_MS = 2_000

export interface LinkListener {
  onHello(hello: AgentHello): Promise<void>
  /** Called in the stream's order, each after the one before has settled. */
  onMessage(hello: AgentHello, message: StreamMessage): Promise<void>
  onLost(error: unknown): void
}

/**
 * Keeps one agent's stream open.
 *
 *   its turn ──▶ hello ──▶ list ──▶ change, change, …    (seq rises by one)
 *      ▲                     │ turn ends   │ gap, silence, end
 *      └───────────── wait a little ◀──────┘
 */
export class AgentLink {
  readonly #http: AgentHttp
  readonly #turns: ConnectTurns
  readonly #listener: LinkListener
  readonly #stop = new AbortController()
  readonly #ended: Promise<void>
  #waitMs = FIRST_RECONNECT_MS

  constructor(http: AgentHttp, turns: ConnectTurns, listener: LinkListener) {
    this.#http = http
    this.#turns = turns
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
      const endTurn = await this.#turns.take()
      try {
        signal.throwIfAborted()
        const hello = await this.#hello()
        await this.#listener.onHello(hello)
        await this.#follow(hello, endTurn)
      } catch (error) {
        if (!signal.aborted) this.#listener.onLost(error)
      } finally {
        endTurn()
      }
      await delay(this.#waitMs, undefined, { signal }).catch(() => undefined)
      this.#waitMs = Math.min(this.#waitMs * 2, LAST_RECONNECT_MS)
    }
  }

  async #hello(): Promise<AgentHello> {
    const { status, body } = await this.#http.call('GET', AGENT_PATHS.hello, undefined, this.#stop.signal)
    const hello = body as AgentHello | undefined
    if (status !== 200 || hello?.contract !== 1) {
      throw new AgentContractError(`this manager speaks contract 1, the agent answered ${status} ${hello?.contract}`)
    }
    return hello
  }

  async #follow(hello: AgentHello, onListed: () => void): Promise<void> {
    const silence = new AbortController()
    const signal = AbortSignal.any([this.#stop.signal, silence.signal])
    const response = await this.#http.stream(AGENT_PATHS.stream, signal)
    const timer = setTimeout(() => silence.abort(new Error('the agent fell silent')), STREAM_SILENCE_MS)
    try {
      let seq = -1
      for await (const line of linesOf(response)) {
        timer.refresh()
        const message = JSON.parse(line) as StreamMessage
        seq = nextSeq(seq, message, hello)
        await this.#listener.onMessage(hello, message)
        if (message.type !== 'list') continue
        this.#waitMs = FIRST_RECONNECT_MS
        onListed()
      }
      throw new AgentContractError('the stream ended')
    } finally {
      clearTimeout(timer)
      response.destroy()
    }
  }
}

/** Far less memory for each idle stream than readline takes: there may be a thousand. */
async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  response.setEncoding('utf8')
  let rest = ''
  for await (const chunk of response as AsyncIterable<string>) {
    // Joined once a line is whole: a list of many VMs comes in many chunks.
    const end = chunk.lastIndexOf('\n')
    if (end < 0) rest += chunk
    else {
      yield* (rest + chunk.slice(0, end)).split('\n')
      rest = chunk.slice(end + 1)
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
