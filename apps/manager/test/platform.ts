import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SimulatedAgent, type SimulatedHostOptions, startSimulatedAgent } from '@viv/agent/sim'
import { type FleetSize, foldersOf } from '@viv/common'
import { type Manager, type ManagerHooks, startManager } from '../src/manager.ts'

export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

export interface CallOptions {
  readonly body?: unknown
  readonly raw?: string
  readonly headers?: Record<string, string>
}

/** The host of a platform that has one. */
const ONLY_HOST = 'agent'

/** A real manager with its real database, and simulated hosts: what a test of the manager needs. */
export class Platform implements AsyncDisposable {
  readonly folder: string
  /** By their sockets' names. */
  readonly agents = new Map<string, SimulatedAgent>()
  manager: Manager | undefined
  readonly #agentOptions: Omit<SimulatedHostOptions, 'journalFile'>
  /** Of the manager that is started next. */
  hooks: ManagerHooks
  version = 'test'
  readonly problems: string[] = []

  private constructor(folder: string, agentOptions: Omit<SimulatedHostOptions, 'journalFile'>, hooks: ManagerHooks) {
    this.folder = folder
    this.#agentOptions = agentOptions
    this.hooks = hooks
  }

  static async start(
    agentOptions: Omit<SimulatedHostOptions, 'journalFile'> = {},
    hooks: ManagerHooks = {},
  ): Promise<Platform> {
    const folder = await mkdtemp(join(tmpdir(), 'viv-manager-'))
    const platform = new Platform(folder, { hostId: '99999999-9999-4999-8999-999999999999', ...agentOptions }, hooks)
    return platform.#started([ONLY_HOST], () => platform.startManager())
  }

  /** With several hosts, each behind a socket in one folder. */
  static async startHosts(names: readonly string[]): Promise<Platform> {
    const platform = new Platform(await mkdtemp(join(tmpdir(), 'viv-manager-')), {}, {})
    return platform.#started(names, () => platform.startManager(platform.folder))
  }

  get agent(): SimulatedAgent | undefined {
    return this.agents.get(ONLY_HOST)
  }

  async #started(names: readonly string[], startManager: () => Promise<void>): Promise<Platform> {
    try {
      for (const name of names) await this.startAgent(name)
      await startManager()
      await this.untilHostsKnown(names.length)
      return this
    } catch (error) {
      await this[Symbol.asyncDispose]()
      throw error
    }
  }

  async startAgent(name = ONLY_HOST, more: Partial<SimulatedHostOptions> = {}): Promise<void> {
    const own = name === ONLY_HOST ? more : { hostname: name, hostId: hostIdOf(name), ...more }
    const journalFile = join(this.folder, `${name}.journal`)
    const agent = await startSimulatedAgent(this.#socketOf(name), { ...this.#agentOptions, ...own, journalFile })
    this.agents.set(name, agent)
  }

  async stopAgent(name = ONLY_HOST): Promise<void> {
    await this.agents.get(name)?.[Symbol.asyncDispose]()
    this.agents.delete(name)
  }

  /** `agentSocket`: a socket, or a folder of them. */
  async startManager(agentSocket = this.#socketOf(ONLY_HOST), simulate?: FleetSize): Promise<void> {
    const base = { folders: foldersOf(this.folder), host: '127.0.0.1', port: 0, agentSocket, version: this.version }
    const config = { ...base, consoleFolder: join(this.folder, 'console'), ...(simulate && { simulate }) }
    const log = (message: string, facts: object = {}) => void this.problems.push(`${message} ${JSON.stringify(facts)}`)
    this.manager = await startManager(config, log, this.hooks)
  }

  async stopManager(): Promise<void> {
    await this.manager?.[Symbol.asyncDispose]()
    this.manager = undefined
  }

  /** Through the local socket, as root's `viv` does. */
  call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    return callSocket(foldersOf(this.folder).apiSocket, method, path, options)
  }

  async untilHostKnown(): Promise<void> {
    await this.untilHostsKnown(1)
  }

  async untilHostsKnown(count: number): Promise<void> {
    await until(async () => {
      const { body } = await this.call('GET', '/v1/hosts')
      return (body['items'] as { isReachable: boolean }[]).filter(({ isReachable }) => isReachable).length === count
    })
  }

  async imageId(name = 'micro'): Promise<string> {
    const { body } = await this.call('GET', '/v1/images')
    return (body['items'] as { id: string; name: string }[]).find((image) => image.name === name)?.id ?? ''
  }

  /** A VM that is made, and running where asked. */
  async vm(name: string, extra: object = {}): Promise<string> {
    const body = { name, imageId: await this.imageId(), ...extra }
    const answer = await this.call('POST', '/v1/vms?wait=30', { body })
    if (answer.body['state'] !== 'succeeded') throw new Error(`VM ${name} was not made: ${JSON.stringify(answer.body)}`)
    const { followedBy } = answer.body
    if (typeof followedBy === 'string') await this.call('GET', `/v1/tasks/${followedBy}?wait=30`)
    return (answer.body['target'] as { id: string }).id
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopManager()
    for (const name of [...this.agents.keys()]) await this.stopAgent(name)
    await rm(this.folder, { recursive: true, force: true })
  }

  #socketOf(name: string): string {
    return join(this.folder, `${name}.sock`)
  }
}

const hostIdOf = (name: string): string =>
  `${Buffer.from(name.padEnd(4, '.')).toString('hex').slice(0, 8)}-9999-4999-8999-999999999999`

export async function callSocket(
  socketPath: string,
  method: string,
  path: string,
  { body, raw, headers }: CallOptions,
): Promise<Answer> {
  const text = raw ?? (body === undefined ? undefined : JSON.stringify(body))
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  // Said also for a DELETE, whose body Node would otherwise send without a word about its length.
  const length =
    text === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }
  const sent = request({ socketPath, agent: false, method, path, headers: { ...length, ...headers } })
  sent.on('error', reject)
  sent.on('response', (response) => {
    let answer = ''
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      answer += chunk
    })
    response.on('error', reject)
    response.on('end', () =>
      resolve({ status: response.statusCode ?? 0, body: answer === '' ? {} : JSON.parse(answer) }),
    )
  })
  sent.end(text)
  return promise
}

/** Looks until it holds; a condition that never does is a failure with its own words. */
export async function until(condition: () => Promise<boolean> | boolean, timeoutMs = 10_000): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; !(await condition()); ) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${condition.toString()}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
