import type { Duplex, Readable } from 'node:stream'
import {
  AGENT_PATHS,
  type AgentHello,
  type OpInput,
  type OpKind,
  type OpOutputs,
  type OpRecord,
  type StreamMessage,
  type VmStatus,
} from '@viv/agent-api'
import { AppError, type Facts, REASONS, type ReasonName, refuse } from '@viv/common'
import { AgentHttp } from './agent-http.ts'
import { AgentLink } from './agent-link.ts'
import { AgentContractError, HostUnreachableError, OpInterruptedError } from './errors.ts'
import { OpWaiters } from './op-waiters.ts'

export type { AgentHello, OpInput, OpKind, OpOutputs, VmStatus }

export interface OpCall<K extends OpKind = OpKind> {
  readonly hostId: string
  readonly opId: string
  readonly attempt: number
  readonly kind: K
  readonly input: OpInput<K>
  readonly signal: AbortSignal
  readonly onProgress: (progress: number, note: string) => void
}

/** What is done with an agent's word about its VMs and itself; called in the stream's order. */
export interface StatusSink {
  onHello(hello: AgentHello): Promise<void>
  onVmStatuses(hello: AgentHello, seq: number, statuses: readonly VmStatus[], isWholeList: boolean): Promise<void>
  onVmGone(hello: AgentHello, vmId: string): Promise<void>
  onReachability(hostId: string, isReachable: boolean): void
}

/** The only place that calls agents. Failures come out as AppError, HostUnreachableError or OpInterruptedError. */
export class HostAgents {
  readonly #http: AgentHttp
  readonly #link: AgentLink
  readonly #waiters = new OpWaiters()
  #hello: AgentHello | undefined

  /** One agent, behind one unix socket: hosts that join later are further links. */
  constructor(socketPath: string, sink: StatusSink, onProblem: (error: unknown) => void) {
    this.#http = new AgentHttp(socketPath)
    this.#link = new AgentLink(this.#http, {
      onHello: (hello) => sink.onHello(hello),
      onMessage: (hello, message) => this.#onMessage(sink, hello, message),
      onLost: (hello, error) => {
        if (this.#hello !== undefined) onProblem(error)
        this.#hello = undefined
        this.#waiters.streamLost()
        if (hello !== undefined) sink.onReachability(hello.hostId, false)
      },
    })
  }

  isReachable(hostId: string): boolean {
    return this.#hello?.hostId === hostId
  }

  /** Resolves when the host's agent answers; rejects when the signal says so. */
  whenReachable(hostId: string, signal: AbortSignal): Promise<void> {
    return this.#waiters.reachable(() => this.isReachable(hostId), signal)
  }

  /** Begins an operation, or joins it where the agent has it already, and waits for its end. */
  async run<K extends OpKind>(call: OpCall<K>): Promise<OpOutputs[K]> {
    const { hostId, opId, kind, attempt, input, signal } = call
    using watching = this.#waiters.watch(opId, call.onProgress)
    const put = () => this.#put(hostId, AGENT_PATHS.op.replace(':opId', opId), { kind, attempt, input })
    const last = await this.#untilEnded(hostId, put, watching.next, signal)
    if (last.state === 'succeeded') return last.output as OpOutputs[K]
    if (last.state === 'interrupted') throw new OpInterruptedError(opId)
    throw opFailure(last)
  }

  /** Takes an operation back for ever; returns when nothing of it is left. */
  async undo(call: Pick<OpCall, 'hostId' | 'opId' | 'kind' | 'input' | 'signal'>): Promise<void> {
    const { hostId, opId, kind, input, signal } = call
    using watching = this.#waiters.watch(opId, () => undefined)
    const put = () => this.#put(hostId, AGENT_PATHS.undo.replace(':opId', opId), { kind, input })
    const last = await this.#untilEnded(hostId, put, watching.next, signal)
    if (last.state !== 'undone') throw new AgentContractError(`undo of ${opId} ended as ${last.state}`)
  }

  async sendVolume(hostId: string, volumeId: string, sizeBytes: number, content: Readable, signal: AbortSignal) {
    const path = AGENT_PATHS.volumeContent.replace(':volumeId', volumeId)
    const { status, body } = await this.#reach(hostId, () => this.#http.upload(path, sizeBytes, content, signal))
    if (status !== 204) throw answerFailure(path, status, body)
  }

  /** The VM's serial line; undefined where the VM does not run. */
  openSerial(hostId: string, vmId: string): Promise<Duplex | undefined> {
    return this.#reach(hostId, () => this.#http.upgrade(AGENT_PATHS.serial.replace(':vmId', vmId)))
  }

  async close(): Promise<void> {
    await this.#link.close()
    this.#http[Symbol.dispose]()
  }

  /**
   * Asks, and waits on the stream. After the stream was lost it asks again the same way: the agent may have been
   * restarted before it wrote the request down, or in the middle of it.
   */
  async #untilEnded(
    hostId: string,
    put: () => Promise<OpRecord>,
    next: () => Promise<OpRecord | 'lost'>,
    signal: AbortSignal,
  ): Promise<OpRecord> {
    using stopped = aborting(signal)
    let record = await put()
    while (!isFinal(record)) {
      const word = await Promise.race([next(), stopped.promise])
      if (word === 'lost') {
        await this.whenReachable(hostId, signal)
        record = await put()
      } else record = word
    }
    // Statuses said before the operation ended must be stored before anybody hears of its end.
    await this.#waiters.readUpTo(record.seq, signal)
    return record
  }

  async #put(hostId: string, path: string, body: unknown): Promise<OpRecord> {
    const answer = await this.#reach(hostId, () => this.#http.call('PUT', path, body))
    if (answer.status !== 202) throw answerFailure(path, answer.status, answer.body)
    return answer.body as OpRecord
  }

  async #reach<T>(hostId: string, call: () => Promise<T>): Promise<T> {
    if (!this.isReachable(hostId)) throw new HostUnreachableError(hostId)
    try {
      return await call()
    } catch (error) {
      throw error instanceof AgentContractError ? error : new HostUnreachableError(hostId, error)
    }
  }

  async #onMessage(sink: StatusSink, hello: AgentHello, message: StreamMessage): Promise<void> {
    switch (message.type) {
      case 'list':
        await sink.onVmStatuses(hello, message.seq, message.vms, true)
        this.#hello = hello
        this.#waiters.streamRead(message.seq)
        this.#waiters.connected()
        sink.onReachability(hello.hostId, true)
        return
      case 'vm':
        await sink.onVmStatuses(hello, message.seq, [message.status], false)
        return this.#waiters.streamRead(message.seq)
      case 'gone':
        await sink.onVmGone(hello, message.vmId)
        return this.#waiters.streamRead(message.seq)
      case 'op':
        this.#waiters.streamRead(message.seq)
        return this.#waiters.changed(message.op)
      case 'progress':
        return this.#waiters.progress(message.opId, message.progress, message.note)
      case 'alive':
        return
      default:
        // A newer agent may say more; what this version does not know it need not act on, but seq moves on.
        return this.#waiters.streamRead((message as { seq: number }).seq)
    }
  }
}

const isFinal = (record: OpRecord): boolean => record.state !== 'running' && record.state !== 'undoing'

/** Rejects when the signal says so; nothing stays on the signal afterwards, which may live as long as the process. */
function aborting(signal: AbortSignal): { promise: Promise<never> } & Disposable {
  const { promise, reject } = Promise.withResolvers<never>()
  const fail = () => reject(signal.reason as Error)
  promise.catch(() => undefined)
  if (signal.aborted) fail()
  else signal.addEventListener('abort', fail, { once: true })
  return { promise, [Symbol.dispose]: () => signal.removeEventListener('abort', fail) }
}

function opFailure(record: OpRecord): Error {
  return agentError(record.error, record.id)
}

function answerFailure(path: string, status: number, body: unknown): Error {
  const { reason, facts } = (body ?? {}) as { reason?: string; facts?: Facts }
  return agentError(reason === undefined ? undefined : { reason, facts: facts ?? {} }, `${path} (${status})`)
}

function agentError(error: { reason: string; facts: Facts } | undefined, what: string): Error {
  if (error !== undefined && error.reason in REASONS) {
    return new AppError([{ reason: error.reason as ReasonName, facts: error.facts }])
  }
  return refuse('agent_refused', { step: what, problem: error?.reason ?? 'no reason given' })
}
