import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, type Client, type Wire } from '@viv/client'
import { type FleetSize, fleetVm, foldersOf } from '@viv/common'
import { socketWire } from './socket-wire.ts'

const APPS = join(import.meta.dirname, '..', '..', 'apps')
const READY_TIMEOUT_MS = 60_000
const MAINS = { simulator: 'agent/src/sim/main.ts', manager: 'manager/src/main.ts' } as const
type Part = keyof typeof MAINS

/** Simulator and manager of a simulated platform, as processes that can be killed. */
export class SimulatedProcesses implements AsyncDisposable {
  readonly root: string
  readonly size: FleetSize
  readonly client: Client
  readonly #faults: Wire
  readonly #running = new Map<Part, ChildProcess>()
  readonly words: string[] = []
  changesPerSecond = 0

  private constructor(root: string, size: FleetSize) {
    this.root = root
    this.size = size
    this.client = createClient(socketWire(foldersOf(root).apiSocket))
    this.#faults = socketWire(foldersOf(root).simulatorSocket)
  }

  static async create(size: FleetSize): Promise<SimulatedProcesses> {
    return new SimulatedProcesses(await mkdtemp(join(tmpdir(), 'viv-simulated-')), size)
  }

  async start(part: Part): Promise<void> {
    const [hosts, vms] = [String(this.size.hosts), String(this.size.vms)]
    const own = {
      simulator: ['--hosts', hosts, '--changes-per-second', String(this.changesPerSecond)],
      manager: ['--simulate', hosts, '--port', '0'],
    }
    const args = ['--root', this.root, '--vms', vms, ...own[part]]
    const child = fork(join(APPS, MAINS[part]), args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => void this.words.push(`${part}: ${text}`))
    this.#running.set(part, child)
    const signal = AbortSignal.timeout(READY_TIMEOUT_MS)
    for (;;) {
      const [said] = (await once(child, 'message', { signal })) as [{ type: string }]
      if (said.type === 'ready') return
    }
  }

  async kill(part: Part): Promise<void> {
    const child = this.#running.get(part)
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  async fault(method: string, path: string, body?: object): Promise<void> {
    const text = body === undefined ? {} : { body: JSON.stringify(body) }
    const headers = { 'content-type': 'application/json' }
    const { status, text: answer } = await this.#faults.send({
      method,
      path,
      headers: body === undefined ? {} : headers,
      ...text,
    })
    if (status !== 200) throw new Error(`${method} ${path} answered ${status}: ${answer}`)
  }

  /** What the simulator has kept: VMs' states and volumes, as a next start would begin with them. */
  truth(): { states: Map<string, string>; volumes: Set<string> } {
    const states = new Map<string, string>()
    for (let index = 0; index < this.size.vms; index++) {
      const { vmId, state } = fleetVm(this.size, index)
      states.set(vmId, state)
    }
    const volumes = new Set<string>()
    const [, ...lines] = readFileSync(join(foldersOf(this.root).simulatorData, 'world'), 'utf8').split('\n')
    for (const line of lines.filter((text) => text !== '')) {
      const [, change] = JSON.parse(line) as [number, Record<string, unknown>]
      const status = change['status'] as { vmId: string; state: string } | undefined
      if (status !== undefined) states.set(status.vmId, status.state)
      if (typeof change['gone'] === 'string') states.delete(change['gone'])
      if (typeof change['volume'] === 'string') volumes[change['isThere'] === true ? 'add' : 'delete'](change['volume'])
    }
    return { states, volumes }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill('manager')
    await this.kill('simulator')
    await rm(this.root, { recursive: true, force: true })
  }
}
