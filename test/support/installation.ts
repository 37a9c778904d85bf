import { type ChildProcess, fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { foldersOf } from '@viv/common'
import { createClient, type Client, followTask, UnreachableError } from '@viv/client'
import type { Task, Vm } from '@viv/api'
import { socketWire } from './socket-wire.ts'

const ENTRIES = join(import.meta.dirname, 'entries')
/** Shared by all test runs of a checkout: the built-in image is made once. */
export const CACHE = process.env['VIV_TEST_CACHE'] ?? join(import.meta.dirname, '..', '..', '.cache')
const READY_TIMEOUT_MS = 60_000

export interface CrashPoint {
  readonly part: 'manager' | 'agent'
  readonly at: string
}

/** A crash point that is armed: processes begun meanwhile die there, the first that comes by. */
interface Armed extends CrashPoint {
  readonly marker: string
}

/** A real manager and a real agent, as processes of their own under a root of their own. */
export class Installation implements AsyncDisposable {
  readonly root: string
  readonly client: Client
  readonly words: string[] = []
  #armed: Armed | undefined
  #armedCount = 0
  #manager: ChildProcess | undefined
  #agent: ChildProcess | undefined
  url = ''
  /** A browser comes back to where it was: then a manager that starts again must listen there. */
  keepsPort = false
  /** Of the manager and the agent that are started next: they write VMs in a way of their own, once the upgrade is finished. */
  isNewerVersion = false
  /** Another one once a start of the host was played. */
  bootId: string | undefined

  private constructor(root: string) {
    this.root = root
    this.client = createClient(socketWire(foldersOf(root).apiSocket))
  }

  /** `prepare` may do something to its folders before anything runs in them. */
  static async create(prepare?: (root: string) => Promise<void>): Promise<Installation> {
    const root = await mkdtemp(join(tmpdir(), 'viv-e2e-'))
    // VMs pass through to their own files, as they do below /var/lib.
    await chmod(root, 0o711)
    const installation = new Installation(root)
    try {
      await installation.shareCache()
      await prepare?.(root)
      await installation.startAgent()
      await installation.startManager()
      await installation.hostKnown()
      return installation
    } catch (error) {
      await installation[Symbol.asyncDispose]()
      throw new Error(`the installation did not start:\n${installation.words.join('')}`, { cause: error })
    }
  }

  get manager(): ChildProcess {
    return this.#manager as ChildProcess
  }

  get agent(): ChildProcess {
    return this.#agent as ChildProcess
  }

  async startAgent(): Promise<void> {
    this.#agent = this.#fork('agent', ['--root', this.root])
    await message(this.#agent, 'ready', READY_TIMEOUT_MS)
  }

  /** Beside the one that runs: it must not stay. */
  async startSecondAgent(): Promise<void> {
    await message(this.#fork('agent', ['--root', this.root]), 'ready', READY_TIMEOUT_MS)
  }

  async startManager(agentSocket = foldersOf(this.root).agentSocket): Promise<void> {
    const port = this.keepsPort && this.url !== '' ? new URL(this.url).port : '0'
    this.#manager = this.#fork('manager', [this.root, agentSocket, port])
    this.url = (await message<{ url: string }>(this.#manager, 'ready', READY_TIMEOUT_MS)).url
  }

  /** Ends the part at once, as `kill -9` does. */
  async kill(part: 'manager' | 'agent'): Promise<void> {
    const child = part === 'manager' ? this.#manager : this.#agent
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }

  /**
   * Restarts the part so that it dies at that point, once. Each arming has a marker of its own: a process that
   * outlives its test must not die in the next one.
   */
  async arm(crash: CrashPoint): Promise<{ hasHappened(): boolean; disarm(): void }> {
    const armed = this.armNext(crash)
    await this.kill(crash.part)
    await (crash.part === 'manager' ? this.startManager() : this.startAgent())
    await this.hostKnown()
    return armed
  }

  /** For the process that is started next. */
  armNext(crash: CrashPoint): { hasHappened(): boolean; disarm(): void } {
    const marker = join(this.root, `crashed-${++this.#armedCount}`)
    this.#armed = { ...crash, marker }
    return {
      hasHappened: () => existsSync(marker),
      disarm: () => {
        this.#armed = undefined
      },
    }
  }

  async hostKnown(): Promise<void> {
    await until('the host is reachable', async () => {
      // A manager that was just killed is started again by somebody else.
      const hosts = await this.client.hostList().catch((error: unknown) => {
        if (!(error instanceof UnreachableError)) throw error
      })
      return hosts?.items[0]?.isReachable === true
    })
  }

  async image(name = 'micro'): Promise<string> {
    const { items } = await this.client.imageList()
    return items.find((image) => image.name === name)?.id ?? ''
  }

  async vmCreate(name: string, extra: object = {}): Promise<Vm> {
    const body = { name, imageId: await this.image(), memoryMib: 128, ...extra }
    const task = await this.follow(await this.client.vmCreate({ body }))
    return this.client.vmGet({ params: { vmId: task.target.id } })
  }

  /** To the end of the task and of what follows it; throws its own words when it failed. */
  async follow(first: Task): Promise<Task> {
    const last = await followTask(this.client, first, () => undefined)
    if (last.state !== 'succeeded')
      throw new Error(`${last.action} ${last.state}: ${last.error?.message}\n${this.words.slice(-6).join('')}`)
    return last
  }

  async ask<T>(question: 'left' | 'stats'): Promise<T> {
    const answer = message<T>(this.manager, question, READY_TIMEOUT_MS)
    this.manager.send(question)
    return answer
  }

  /** QEMU processes of this installation, by their VM's id. */
  async qemus(): Promise<Map<string, number>> {
    const found = new Map<string, number>()
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
      const isOurs = argv[0] === 'qemu-system-x86_64' && argv.some((word) => word.includes(`${this.root}/`))
      const vmId = argv[argv.indexOf('-uuid') + 1]
      if (isOurs && vmId !== undefined) found.set(vmId, Number(pid))
    }
    return found
  }

  /** Nothing stays: no process, no cgroup, no file. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill('manager')
    await this.kill('agent')
    for (const pid of (await this.qemus()).values()) endProcess(pid)
    await until('no machine of this installation is left', async () => (await this.qemus()).size === 0)
    await removeCgroups(this.root)
    await rm(this.root, { recursive: true, force: true })
  }

  async shareCache(): Promise<void> {
    await mkdir(CACHE, { recursive: true })
    await mkdir(foldersOf(this.root).data, { recursive: true })
    await symlink(CACHE, foldersOf(this.root).cache)
  }

  #fork(part: 'manager' | 'agent', args: string[]): ChildProcess {
    const armed = this.#armed?.part === part ? this.#armed : undefined
    const crash = armed === undefined ? {} : { VIV_CRASH_AT: armed.at, VIV_CRASH_ONCE: armed.marker }
    const boot = this.bootId === undefined ? {} : { VIV_BOOT_ID: this.bootId }
    const child = fork(join(ENTRIES, `${part}.ts`), args, {
      silent: true,
      execArgv: [],
      env: { ...process.env, ...crash, ...boot, ...(this.isNewerVersion ? { VIV_NEWER_VERSION: 'yes' } : {}) },
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.words.push(text))
    }
    return child
  }
}

/** Looks until it holds; says what did not when the time is over. */
export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  timeoutMs = 30_000,
): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; !(await condition()); ) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
  }
}

const LOOK_AGAIN_MS = 10

function message<T>(child: ChildProcess, type: string, timeoutMs: number): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const onMessage = (word: unknown) => {
    if ((word as { type?: string }).type === type) end(() => resolve(word as T))
  }
  const onExit = () => end(() => reject(new Error(`the process ended before it said "${type}"`)))
  const timer = setTimeout(() => end(() => reject(new Error(`no "${type}" within ${timeoutMs} ms`))), timeoutMs)
  const end = (settle: () => void) => {
    clearTimeout(timer)
    child.off('message', onMessage).off('exit', onExit)
    settle()
  }
  child.on('message', onMessage).on('exit', onExit)
  return promise
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function removeCgroups(root: string): Promise<void> {
  const { Cgroups } = await import('../../apps/agent/src/host/cgroups.ts')
  const { cgroupNameOf } = await import('../../apps/agent/src/host/open-host.ts')
  const cgroups = await Cgroups.open({ name: await cgroupNameOf(foldersOf(root).agentData) })
  await cgroups.removeAll()
}
