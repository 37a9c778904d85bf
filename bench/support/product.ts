import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Task } from '@viv/api'
import { type Client, createClient, followTask } from '@viv/client'
import { type Folders, foldersOf } from '@viv/common'
import { Cgroups } from '../../apps/agent/src/host/cgroups.ts'
import { cgroupNameOf } from '../../apps/agent/src/host/open-host.ts'
import { killProcess, listProcesses } from '../../apps/agent/src/qemu/processes.ts'
import { until } from '../../test/support/installation.ts'
import { buildRelease } from '../../tools/release/build.ts'
import { NODE_PROGRAM } from '../../tools/release/dependencies.ts'
import { KeptConnection } from './kept-connection.ts'

const CHECKOUT = join(import.meta.dirname, '..', '..')
/** Shared with the tests: the built-in image is made once. */
const CACHE = process.env['VIV_TEST_CACHE'] ?? join(CHECKOUT, '.cache')
const READY_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 15_000

interface Ready {
  readonly type: string
  readonly url?: string
}

/** What ships: a release of this checkout under a root of its own, its manager and agent as processes. */
export class Product implements AsyncDisposable {
  readonly root: string
  readonly folders: Folders
  readonly client: Client
  readonly #undo: AsyncDisposableStack
  #release = ''
  #agent: ChildProcess | undefined
  #manager: ChildProcess | undefined
  #url = ''

  private constructor(root: string, undo: AsyncDisposableStack) {
    this.root = root
    this.folders = foldersOf(root)
    this.#undo = undo
    undo.defer(() => rm(root, { recursive: true, force: true }))
    undo.defer(() => this.#removeMachines())
    const { apiSocket } = this.folders
    this.client = createClient(undo.use(new KeptConnection({ socketPath: apiSocket })))
  }

  static async start(): Promise<Product> {
    const root = await mkdtemp(join(tmpdir(), 'viv-bench-'))
    const product = new Product(root, new AsyncDisposableStack())
    try {
      await product.#install()
      product.#agent = await product.#begin('agent', [])
      product.#manager = await product.#begin('manager', ['--port', '0'])
      await until('the host is reachable', async () => (await product.client.hostList()).items[0]?.isReachable === true)
      return product
    } catch (error) {
      await product[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Process ids of both parts. */
  get pids(): { readonly agent: number; readonly manager: number } {
    return { agent: this.#agent?.pid as number, manager: this.#manager?.pid as number }
  }

  /** The same API as others on the network have it: over TLS, with a token. */
  async overTls(): Promise<Client> {
    const { secret } = await this.client.tokenCreate({ body: { name: 'bench' } })
    const { hostname: host, port } = new URL(this.#url)
    return createClient(this.#undo.use(new KeptConnection({ host, port: Number(port), isTls: true })), secret)
  }

  /** A VM of the built-in image, stopped. */
  async vmCreate(name: string): Promise<string> {
    const { items } = await this.client.imageList()
    const imageId = items.find((image) => image.name === 'micro')?.id ?? ''
    const task = await this.succeeded(await this.client.vmCreate({ body: { name, imageId, memoryMib: 128 } }))
    return task.target.id
  }

  /** Until nothing of the run is left: what the kernel still clears away is no cost of the next start. */
  async vmForceStop(vmId: string): Promise<void> {
    await this.succeeded(await this.client.vmStop({ params: { vmId }, body: { mode: 'force' }, query: { wait: '30' } }))
    const cgroups = await Cgroups.open({ name: await cgroupNameOf(this.folders.agentData) })
    await until('the cgroup of the VM is gone', async () => !(await cgroups.list()).includes(vmId))
  }

  async succeeded(first: Task): Promise<Task> {
    const last = await followTask(this.client, first, () => undefined)
    if (last.state !== 'succeeded') throw new Error(`${last.action} ${last.state}: ${last.error?.message}`)
    return last
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#undo.disposeAsync()
  }

  async #install(): Promise<void> {
    // VMs pass through to their own files, as they do below /var/lib.
    await chmod(this.root, 0o711)
    const { data, releases, cache } = this.folders
    await mkdir(releases, { recursive: true })
    await mkdir(CACHE, { recursive: true })
    await chmod(data, 0o711)
    await symlink(CACHE, cache)
    this.#release = join(releases, (await buildRelease(CHECKOUT, releases)).name)
  }

  async #begin(app: 'agent' | 'manager', args: readonly string[]): Promise<ChildProcess> {
    const main = join(this.#release, 'apps', app, 'src', 'main.js')
    const child = spawn(join(this.#release, NODE_PROGRAM), [main, '--root', this.root, ...args], {
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    let words = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-2_000)
    })
    this.#undo.defer(() => end(child))
    const signal = AbortSignal.any([AbortSignal.timeout(READY_TIMEOUT_MS), whenEnded(child)])
    const [message] = (await once(child, 'message', { signal }).catch((error: unknown) => {
      throw new Error(`the ${app} did not start:\n${words}`, { cause: error })
    })) as [Ready]
    this.#url = message.url ?? this.#url
    return child
  }

  async #removeMachines(): Promise<void> {
    const isOurs = (argv: readonly string[]) => argv.some((word) => word.includes(`${this.root}/`))
    for (const process of await listProcesses()) if (isOurs(process.argv)) await killProcess(process)
    await until(
      'no process of this bench is left',
      async () => !(await listProcesses()).some(({ argv }) => isOurs(argv)),
    )
    const cgroups = await Cgroups.open({ name: await cgroupNameOf(this.folders.agentData) })
    await cgroups.removeAll()
  }
}

function whenEnded(child: ChildProcess): AbortSignal {
  const ended = new AbortController()
  child.once('exit', () => ended.abort(new Error('the process ended')))
  return ended.signal
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  const kill = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  child.kill('SIGTERM')
  await gone
  clearTimeout(kill)
}
