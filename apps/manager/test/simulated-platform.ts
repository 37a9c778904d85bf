import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SimulatedHost, type Simulator, startSimulator } from '@viv/agent/sim'
import { type FleetSize, type Folders, foldersOf } from '@viv/common'
import { type Manager, startManager } from '../src/manager.ts'
import { type Answer, type CallOptions, callSocket, until } from './platform.ts'

export interface SimulationOptions {
  readonly changesPerSecond?: number
  readonly seed?: number
}

/** A simulated platform as `viv up --simulate` starts it, in this process: simulator, control socket, seeded manager. */
export class SimulatedPlatform implements AsyncDisposable {
  readonly folders: Folders
  readonly size: FleetSize
  readonly problems: string[] = []
  readonly #options: SimulationOptions
  simulator: Simulator | undefined
  manager: Manager | undefined

  private constructor(folder: string, size: FleetSize, options: SimulationOptions) {
    this.folders = foldersOf(folder)
    this.size = size
    this.#options = options
  }

  static async start(size: FleetSize, options: SimulationOptions = {}): Promise<SimulatedPlatform> {
    const platform = new SimulatedPlatform(await mkdtemp(join(tmpdir(), 'viv-simulated-')), size, options)
    try {
      await platform.startSimulator()
      await platform.startManager()
      await platform.untilReachable()
      return platform
    } catch (error) {
      await platform[Symbol.asyncDispose]()
      throw error
    }
  }

  async startSimulator(size = this.size): Promise<void> {
    const { folders } = this
    const { changesPerSecond = 0, seed = 1 } = this.#options
    const log = () => undefined
    this.simulator = await startSimulator({ folders, size, changesPerSecond, seed, managerGid: undefined, log })
  }

  async stopSimulator(): Promise<void> {
    await this.simulator?.[Symbol.asyncDispose]()
    this.simulator = undefined
  }

  /** `null`: as a real installation. */
  async startManager(simulate: FleetSize | null = this.size): Promise<void> {
    const { folders } = this
    const config = { folders, host: '127.0.0.1', port: 0, agentSocket: folders.agentSockets, version: 'test' }
    const log = (message: string, facts: object = {}) => void this.problems.push(`${message} ${JSON.stringify(facts)}`)
    this.manager = await startManager({ ...config, ...(simulate && { simulate }) }, log)
  }

  async stopManager(): Promise<void> {
    await this.manager?.[Symbol.asyncDispose]()
    this.manager = undefined
  }

  call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    return callSocket(this.folders.apiSocket, method, path, options)
  }

  /** Asks for a fault, through the control socket. */
  async fault(method: string, path: string, body?: object): Promise<Answer> {
    return callSocket(this.folders.simulatorSocket, method, path, body === undefined ? {} : { body })
  }

  host(name: string): SimulatedHost {
    return this.simulator!.hosts.get(name)!
  }

  async vm(vmId: string): Promise<Record<string, unknown>> {
    return (await this.call('GET', `/v1/vms/${vmId}`)).body
  }

  /** Begins an action on a VM; answers the task's id. */
  async act(vmId: string, action: string): Promise<string> {
    const { body } = await this.call('POST', `/v1/vms/${vmId}/actions/${action}`, { body: {} })
    if (typeof body['id'] !== 'string') throw new Error(`${action} was refused: ${JSON.stringify(body)}`)
    return body['id']
  }

  async task(taskId: string, waitSeconds = 0): Promise<Record<string, unknown>> {
    return (await this.call('GET', `/v1/tasks/${taskId}?wait=${waitSeconds}`)).body
  }

  async untilReachable(count = this.size.hosts): Promise<void> {
    await until(async () => {
      const { body } = await this.call('GET', '/v1/hosts')
      return (body['items'] as { isReachable: boolean }[]).filter(({ isReachable }) => isReachable).length === count
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopManager()
    await this.stopSimulator()
    await rm(this.folders.root!, { recursive: true, force: true })
  }
}
