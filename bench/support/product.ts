import { chmod, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Task } from '@viv/api'
import { type Client, createClient, followTask } from '@viv/client'
import { type Folders, foldersOf } from '@viv/common'
import { Cgroups } from '../../apps/agent/src/host/cgroups.ts'
import { cgroupNameOf } from '../../apps/agent/src/host/open-host.ts'
import { killProcess, listProcesses } from '../../apps/agent/src/qemu/processes.ts'
import { Daemon, type Ready } from '../../apps/cli/src/up/daemon.ts'
import { LogFile } from '../../apps/cli/src/up/log-file.ts'
import { until } from '../../test/support/installation.ts'
import { buildRelease } from '../../tools/release/build.ts'
import { KeptConnection } from './kept-connection.ts'

const CHECKOUT = join(import.meta.dirname, '..', '..')
/** Shared with the tests: the built-in image is made once. */
const CACHE = process.env['VIV_TEST_CACHE'] ?? join(CHECKOUT, '.cache')

/** What ships: a release of this checkout under a root of its own, its manager and agent as processes. */
export class Product implements AsyncDisposable {
  readonly root: string
  readonly folders: Folders
  readonly client: Client
  readonly #undo: AsyncDisposableStack
  #release = ''
  #agentPid = 0
  #managerPid = 0
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
    // Ctrl-C too leaves nothing behind.
    const interrupted = () => void product[Symbol.asyncDispose]().finally(() => process.exit(130))
    process.once('SIGINT', interrupted)
    product.#undo.defer(() => void process.off('SIGINT', interrupted))
    try {
      await product.#install()
      product.#agentPid = (await product.#begin('agent', [])).pid
      const { pid, ready } = await product.#begin('manager', ['--port', '0'])
      product.#managerPid = pid
      product.#url = String(ready['url'])
      await until('the host is reachable', async () => (await product.client.hostList()).items[0]?.isReachable === true)
      return product
    } catch (error) {
      await product[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Process ids of both parts. */
  get pids(): { readonly agent: number; readonly manager: number } {
    return { agent: this.#agentPid, manager: this.#managerPid }
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

  /** The same, started. */
  async vmRunning(name: string): Promise<string> {
    const { items } = await this.client.imageList()
    const imageId = items.find((image) => image.name === 'micro')?.id ?? ''
    const body = { name, imageId, memoryMib: 128, start: true }
    return (await this.succeeded(await this.client.vmCreate({ body }))).target.id
  }

  async vmPurge(vmId: string): Promise<void> {
    await this.succeeded(await this.client.vmPurge({ params: { vmId }, query: { wait: '30' } }))
  }

  async vmForceStop(vmId: string): Promise<void> {
    await this.succeeded(await this.client.vmStop({ params: { vmId }, body: { mode: 'force' }, query: { wait: '30' } }))
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

  /** As `viv up` starts it; answers its process and what it said when it listened. */
  async #begin(name: 'agent' | 'manager', args: readonly string[]): Promise<{ pid: number; ready: Ready }> {
    const entry = join(this.#release, 'apps', name, 'src', 'main.js')
    const log = this.#undo.use(new LogFile(join(this.root, `${name}.log`)))
    const daemon = new Daemon({ name, entry, args: ['--root', this.root, ...args], log, say: console.error })
    this.#undo.defer(() => daemon.stop())
    const ready = await daemon.start()
    const pid = (await listProcesses()).find(({ argv }) => argv.includes(entry))?.pid
    if (pid === undefined) throw new Error(`the ${name} is not there`)
    return { pid, ready }
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
