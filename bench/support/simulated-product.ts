import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, createClient, everyItem } from '@viv/client'
import { type Folders, foldersOf } from '@viv/common'
import { NODE_FLAGS } from '../../apps/cli/src/up/daemon.ts'
import { until } from '../../test/support/installation.ts'
import { KeptConnection } from './kept-connection.ts'

const CHECKOUT = join(import.meta.dirname, '..', '..')
const READY_TIMEOUT_MS = 300_000

export interface SimulatedOptions {
  readonly hosts: number
  readonly vms: number
  readonly changesPerSecond: number
  /** Every sync of the manager takes that much longer, as on a slow disk. */
  readonly syncDelayMs: number
}

/** Manager and simulator as processes under a root of their own: a platform as large as asked for, with no QEMU. */
export class SimulatedProduct implements AsyncDisposable {
  readonly folders: Folders
  readonly client: Client
  readonly #undo: AsyncDisposableStack
  #managerPid = 0
  #url = ''

  private constructor(folders: Folders, undo: AsyncDisposableStack) {
    this.folders = folders
    this.#undo = undo
    this.client = createClient(undo.use(new KeptConnection({ socketPath: folders.apiSocket })))
  }

  static async start(options: SimulatedOptions): Promise<SimulatedProduct> {
    const root = await mkdtemp(join(tmpdir(), 'viv-bench-'))
    const product = new SimulatedProduct(foldersOf(root), new AsyncDisposableStack())
    product.#undo.defer(() => rm(root, { recursive: true, force: true }))
    // Ctrl-C too leaves nothing behind.
    const interrupted = () => void product[Symbol.asyncDispose]().finally(() => process.exit(130))
    process.once('SIGINT', interrupted)
    product.#undo.defer(() => void process.off('SIGINT', interrupted))
    try {
      await product.#begin(root, options)
      return product
    } catch (error) {
      await product[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Where the manager listens for everybody. */
  get url(): string {
    return this.#url
  }

  get managerPid(): number {
    return this.#managerPid
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#undo.disposeAsync()
  }

  async #begin(root: string, { hosts, vms, changesPerSecond, syncDelayMs }: SimulatedOptions): Promise<void> {
    const size = ['--vms', String(vms)]
    const simulated = ['--hosts', String(hosts), ...size, '--changes-per-second', String(changesPerSecond)]
    await this.#run([process.execPath, ...NODE_FLAGS, 'apps/agent/src/sim/main.ts', '--root', root, ...simulated])
    const manager = ['apps/manager/src/main.ts', '--root', root, '--port', '0', '--agent', this.folders.agentSockets]
    const slow = syncDelayMs === 0 ? [] : slowSyncs(syncDelayMs)
    const child = await this.#run([
      ...slow,
      process.execPath,
      ...NODE_FLAGS,
      ...manager,
      '--simulate',
      String(hosts),
      ...size,
    ])
    this.#managerPid = syncDelayMs === 0 ? (child.pid ?? 0) : await childOf(child.pid ?? 0)
    await until(
      'all hosts are reachable',
      async () => {
        const all = await everyItem(this.client.hostList, {})
        return all.length === hosts && all.every(({ isReachable }) => isReachable)
      },
      READY_TIMEOUT_MS,
    )
  }

  /** The channel between us is its lifeline: when it is cut, the daemon ends. */
  async #run([command = '', ...args]: readonly string[]): Promise<ChildProcess> {
    const child = spawn(command, args, { cwd: CHECKOUT, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    let words = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-4_000)
    })
    const ended = once(child, 'exit')
    let isWanted = true
    child.once('exit', () => isWanted && console.error(`${args.join(' ')} ended; its last words:\n${words}`))
    this.#undo.defer(async () => {
      isWanted = false
      if (child.connected) child.disconnect()
      await ended
    })
    const ready = new Promise<void>((resolve) => {
      child.on('message', ({ type, url }: { type?: string; url?: string }) => {
        if (type !== 'ready') return
        this.#url = url ?? this.#url
        resolve()
      })
    })
    const dead = ended.then(() => Promise.reject(new Error(`${args.join(' ')} ended before it was ready`)))
    dead.catch(() => undefined)
    await Promise.race([ready, dead])
    return child
  }
}

/** Only syncs stop at the tracer; everything else runs at full speed. */
function slowSyncs(delayMs: number): string[] {
  const delayed = `inject=fsync,fdatasync:delay_enter=${delayMs * 1000}`
  return ['strace', '-f', '--seccomp-bpf', '-qqq', '-e', 'trace=fsync,fdatasync', '-e', delayed, '-o', '/dev/null']
}

async function childOf(pid: number): Promise<number> {
  const { readFile } = await import('node:fs/promises')
  return Number((await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ')[0])
}
