import type { Duplex, Readable } from 'node:stream'
import type { AgentFeature, AgentHello, OpInput, OpKind, OpOutputs, VmStatus, VolumeRoom } from '@viv/agent-api'
import { findSockets } from './agent-sockets.ts'
import { ConnectTurns } from './connect-turns.ts'
import { AgentContractError, HostUnreachableError } from './errors.ts'
import { HostAgent, type HostFile, type OpCall, type StatusSink } from './host-agent.ts'
import { ReachableHosts } from './reachable-hosts.ts'

export type { AgentHello, HostFile, OpCall, OpInput, OpKind, OpOutputs, StatusSink, VmStatus, VolumeRoom }

/**
 * The only place that calls agents, each host's through its own. Failures come out as AppError, HostUnreachableError or
 * OpInterruptedError.
 */
export class HostAgents {
  readonly #agents: HostAgent[] = []
  /** Who said first that a host is its own; another that says the same is refused for as long as we run. */
  readonly #byHost = new Map<string, HostAgent>()
  readonly #reachable = new ReachableHosts((hostId) => this.isReachable(hostId))
  readonly #stop = new AbortController()
  readonly #found: Promise<void>

  /** `path` is an agent's socket or a folder of them (agent-sockets.ts). */
  constructor(path: string, sink: StatusSink, onProblem: (error: unknown) => void) {
    const turns = new ConnectTurns()
    const onSocket = (socketPath: string) => {
      const agent = new HostAgent({
        socketPath,
        sink,
        turns,
        claim: (hostId, claimant) => this.#claim(hostId, claimant, socketPath),
        onReachable: (hostId) => this.#reachable.arrived(hostId),
        onProblem,
      })
      this.#agents.push(agent)
    }
    this.#found = findSockets(path, onSocket, this.#stop.signal)
  }

  isReachable(hostId: string): boolean {
    return this.#byHost.get(hostId)?.isReachable(hostId) === true
  }

  /** Whether the host answers, and its agent knows how. */
  can(hostId: string, feature: AgentFeature): boolean {
    const agent = this.#byHost.get(hostId)
    return agent?.isReachable(hostId) === true && agent.can(feature)
  }

  /** Resolves when the host's agent answers; rejects when the signal says so. */
  whenReachable(hostId: string, signal: AbortSignal): Promise<void> {
    return this.#reachable.until(hostId, signal)
  }

  /** Begins an operation, or joins it where the agent has it already, and waits for its end. */
  async run<K extends OpKind>(call: OpCall<K>): Promise<OpOutputs[K]> {
    return this.#at(call.hostId).run(call.hostId, call)
  }

  /** Takes an operation back for ever; returns when nothing of it is left. */
  async undo(call: Pick<OpCall, 'hostId' | 'opId' | 'kind' | 'input' | 'signal'>): Promise<void> {
    return this.#at(call.hostId).undo(call.hostId, call)
  }

  async sendVolume(hostId: string, volumeId: string, sizeBytes: number, content: Readable, signal: AbortSignal) {
    return this.#at(hostId).sendVolume(hostId, volumeId, sizeBytes, content, signal)
  }

  /** One of the host's files that are handed out, as its bytes. */
  async download(hostId: string, file: HostFile, signal: AbortSignal) {
    return this.#at(hostId).download(hostId, file, signal)
  }

  /** What a full copy of the volume takes at most, and what there is. */
  async volumeRoom(hostId: string, volumeId: string): Promise<VolumeRoom> {
    return this.#at(hostId).volumeRoom(hostId, volumeId)
  }

  /** The VM's serial line; undefined where the VM does not run. */
  async openSerial(hostId: string, vmId: string): Promise<Duplex | undefined> {
    return this.#at(hostId).openSerial(hostId, vmId)
  }

  /** A viewer's own connection to the VM's screen, RFB both ways; undefined where the VM does not run. */
  async openScreen(hostId: string, vmId: string): Promise<Duplex | undefined> {
    return this.#at(hostId).openScreen(hostId, vmId)
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#found
    await Promise.all(this.#agents.map((agent) => agent.close()))
  }

  #at(hostId: string): HostAgent {
    const agent = this.#byHost.get(hostId)
    if (agent === undefined) throw new HostUnreachableError(hostId)
    return agent
  }

  #claim(hostId: string, agent: HostAgent, socketPath: string): void {
    const owner = this.#byHost.get(hostId)
    if (owner !== undefined && owner !== agent) {
      throw new AgentContractError(`${socketPath} says that it is host ${hostId}, which another agent is`)
    }
    // An agent that was made anew is another host: the former one is gone from here.
    for (const [former, its] of this.#byHost) if (its === agent && former !== hostId) this.#byHost.delete(former)
    this.#byHost.set(hostId, agent)
  }
}
