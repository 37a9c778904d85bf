import type { Duplex, Readable } from 'node:stream'
import {
  AGENT_PATHS,
  type AgentFeature,
  type AgentHello,
  type FirmwareMemory,
  type OpInput,
  type OpKind,
  type OpOutputs,
  type OpRecord,
  SCREEN_PROTOCOL,
  SERIAL_PROTOCOL,
  type StreamMessage,
  type VmStatus,
  type VolumeRoom,
} from '@viv/agent-api'
import { aborting } from './aborting.ts'
import { AgentHttp } from './agent-http.ts'
import { AgentLink } from './agent-link.ts'
import { answerFailure, opFailure } from './answers.ts'
import type { ConnectTurns } from './connect-turns.ts'
import { AgentContractError, HostUnreachableError, OpInterruptedError } from './errors.ts'
import { OpWaiters } from './op-waiters.ts'

export interface OpCall<K extends OpKind = OpKind> {
  readonly hostId: string
  readonly opId: string
  readonly attempt: number
  readonly kind: K
  readonly input: OpInput<K>
  readonly signal: AbortSignal
  readonly onProgress: (progress: number, note: string) => void
}
type Taken<C extends OpCall> = Omit<C, 'hostId'>

/** What is done with an agent's word about its VMs and itself; called in the stream's order. */
export interface StatusSink {
  onHello(hello: AgentHello): Promise<void>
  onVmStatuses(hello: AgentHello, seq: number, statuses: readonly VmStatus[], isWholeList: boolean): Promise<void>
  onVmGone(hello: AgentHello, vmId: string): Promise<void>
  /** Once each time it turns; a host is unreachable until it was said. */
  onReachability(hostId: string, isReachable: boolean): void
}

export interface HostAgentOptions {
  readonly socketPath: string
  readonly sink: StatusSink
  readonly turns: ConnectTurns
  /** Throws where the host is another agent's. */
  readonly claim: (hostId: string, agent: HostAgent) => void
  readonly onReachable: (hostId: string) => void
  readonly onProblem: (error: unknown) => void
}

/** What a host hands out: a disk that stands alone, or what a VM's firmware remembers. */
export type HostFile = { readonly volumeId: string } | { readonly vmId: string; readonly memory: FirmwareMemory }

/** The agent of one host, behind one unix socket. Which host that is, its hello says. */
export class HostAgent {
  readonly #http: AgentHttp
  readonly #link: AgentLink
  readonly #waiters = new OpWaiters()
  readonly #options: HostAgentOptions
  /** Whose stream is read now, from its list on. */
  #hello: AgentHello | undefined
  #lastProblem = ''

  constructor(options: HostAgentOptions) {
    this.#options = options
    this.#http = new AgentHttp(options.socketPath)
    this.#link = new AgentLink(this.#http, options.turns, {
      onHello: (hello) => {
        options.claim(hello.hostId, this)
        return options.sink.onHello(hello)
      },
      onMessage: (hello, message) => this.#onMessage(hello, message),
      onLost: (error) => this.#onLost(error),
    })
  }

  /** The host that answers here now. */
  get hostId(): string | undefined {
    return this.#hello?.hostId
  }

  isReachable(hostId: string): boolean {
    return this.hostId === hostId
  }

  /** Of what came after the first version; an agent that is a version behind lacks it. */
  can(feature: AgentFeature): boolean {
    return this.#hello?.features.includes(feature) === true
  }

  async run<K extends OpKind>(hostId: string, call: Taken<OpCall<K>>): Promise<OpOutputs[K]> {
    const { opId, kind, attempt, input, signal } = call
    using watching = this.#waiters.watch(opId, call.onProgress)
    const put = () => this.#put(hostId, AGENT_PATHS.op.replace(':opId', opId), { kind, attempt, input })
    const last = await this.#untilEnded(hostId, put, watching.next, signal)
    if (last.state === 'succeeded') return last.output as OpOutputs[K]
    if (last.state === 'interrupted') throw new OpInterruptedError(opId)
    throw opFailure(last)
  }

  async undo(hostId: string, call: Pick<OpCall, 'opId' | 'kind' | 'input' | 'signal'>): Promise<void> {
    const { opId, kind, input, signal } = call
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

  /** One of the host's files that are handed out. */
  async download(hostId: string, file: HostFile, signal: AbortSignal) {
    const path = pathOf(file)
    const { status, body, bytes } = await this.#reach(hostId, () => this.#http.download(path, signal))
    const sizeBytes = Number(bytes?.headers['content-length'])
    if (bytes === undefined || !Number.isSafeInteger(sizeBytes)) throw answerFailure(path, status, body)
    return { sizeBytes, content: bytes as Readable }
  }

  async volumeRoom(hostId: string, volumeId: string): Promise<VolumeRoom> {
    const path = AGENT_PATHS.volumeRoom.replace(':volumeId', volumeId)
    const { status, body } = await this.#reach(hostId, () => this.#http.call('GET', path))
    if (status !== 200) throw answerFailure(path, status, body)
    return body as VolumeRoom
  }

  openSerial(hostId: string, vmId: string): Promise<Duplex | undefined> {
    const path = AGENT_PATHS.serial.replace(':vmId', vmId)
    return this.#reach(hostId, () => this.#http.upgrade(path, SERIAL_PROTOCOL))
  }

  openScreen(hostId: string, vmId: string): Promise<Duplex | undefined> {
    const path = AGENT_PATHS.screen.replace(':vmId', vmId)
    return this.#reach(hostId, () => this.#http.upgrade(path, SCREEN_PROTOCOL))
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
        await this.#waiters.reachable(() => this.isReachable(hostId), signal)
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

  #onLost(error: unknown): void {
    const { sink, onProblem } = this.#options
    const hostId = this.hostId
    // An agent that is not there yet is no problem; one that was, or that answers wrongly, is: said once.
    const problem = error instanceof AgentContractError ? error.message : ''
    if (hostId !== undefined || (problem !== '' && problem !== this.#lastProblem)) onProblem(error)
    this.#lastProblem = problem
    this.#hello = undefined
    this.#waiters.streamLost()
    if (hostId !== undefined) sink.onReachability(hostId, false)
  }

  async #onMessage(hello: AgentHello, message: StreamMessage): Promise<void> {
    const { sink, onReachable } = this.#options
    switch (message.type) {
      case 'list':
        await sink.onVmStatuses(hello, message.seq, message.vms, true)
        this.#hello = hello
        this.#lastProblem = ''
        this.#waiters.streamRead(message.seq)
        this.#waiters.connected()
        sink.onReachability(hello.hostId, true)
        return onReachable(hello.hostId)
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

function pathOf(file: HostFile): string {
  if ('volumeId' in file) return AGENT_PATHS.volumeContent.replace(':volumeId', file.volumeId)
  return AGENT_PATHS.firmware.replace(':vmId', file.vmId).replace(':memory', file.memory)
}

const isFinal = (record: OpRecord): boolean => record.state !== 'running' && record.state !== 'undoing'
