import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, rmdir, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { foldersOf } from '@viv/common'
import { CACHE, until } from './installation.ts'

const BOOT = join(import.meta.dirname, 'systemd-boot.sh')
/** Empty: what our units are ordered after. */
const TARGETS = ['sysinit', 'basic', 'shutdown', 'local-fs', 'network', 'network-online', 'multi-user']

export interface Said {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A machine whose first process is a real systemd, with a root folder for an installation; all of it ends with this. */
export class SystemdMachine implements AsyncDisposable {
  readonly root: string
  readonly words: string[] = []
  readonly #name: string
  #boot: ChildProcess | undefined
  #pid = 0

  private constructor(root: string) {
    this.root = root
    this.#name = basename(root)
  }

  static async boot(): Promise<SystemdMachine> {
    const machine = new SystemdMachine(await mkdtemp(join(tmpdir(), 'viv-systemd-')))
    try {
      await chmod(machine.root, 0o711)
      await machine.#writeTargets()
      await mkdir(foldersOf(machine.root).data, { recursive: true })
      await mkdir(CACHE, { recursive: true })
      await symlink(CACHE, foldersOf(machine.root).cache)
      await machine.#start()
      return machine
    } catch (error) {
      await machine[Symbol.asyncDispose]()
      throw new Error(`systemd did not start:\n${machine.words.join('')}`, { cause: error })
    }
  }

  get units(): string {
    return join(this.root, 'units')
  }

  /** A program in that machine, as its root. */
  run(...command: readonly string[]): Promise<Said> {
    return new Promise((resolve) => {
      const args = ['--target', String(this.#pid), '--mount', '--pid', '--cgroup', '--', ...command]
      execFile('nsenter', args, { maxBuffer: 16 * 1024 ** 2, timeout: 120_000 }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
      )
    })
  }

  /** As `run`; what goes wrong is thrown with its words. */
  async ok(...command: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...command)
    if (code !== 0)
      throw new Error(`${command.join(' ')} ended with ${code}: ${stderr}${stdout}\n${this.words.join('')}`)
    return stdout
  }

  viv(...args: readonly string[]): Promise<Said> {
    return this.run(join(this.root, 'bin/viv'), ...args)
  }

  async json<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.ok(join(this.root, 'bin/viv'), ...args, '-o', 'json')) as T
  }

  async #start(): Promise<void> {
    const boot = spawn(BOOT, [this.units, this.#name], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#boot = boot
    for (const stream of [boot.stdout, boot.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => this.words.push(text))
    await until('systemd has come up', async () => {
      if (boot.exitCode !== null) throw new Error('it ended')
      const children = await readFile(`/proc/${boot.pid}/task/${boot.pid}/children`, 'utf8').catch(() => '')
      this.#pid = Number(children.trim().split(' ')[0])
      return this.#pid > 0 && (await this.run('systemctl', 'is-active', 'multi-user.target')).code === 0
    })
  }

  async #writeTargets(): Promise<void> {
    await mkdir(this.units)
    for (const target of TARGETS) {
      const text = `[Unit]\nDescription=${target}\n${target === 'shutdown' ? 'DefaultDependencies=no\n' : ''}`
      await writeFile(join(this.units, `${target}.target`), text)
    }
  }

  /** With its first process everything in it ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    const boot = this.#boot
    if (boot !== undefined && boot.exitCode === null && boot.signalCode === null) {
      const gone = once(boot, 'exit')
      boot.kill('SIGKILL')
      await gone
    }
    for (const tree of ['', ...(await readdir('/sys/fs/cgroup'))])
      await this.#removeCgroup(join('/sys/fs/cgroup', tree, this.#name))
    await rm(this.root, { recursive: true, force: true })
  }

  async #removeCgroup(folder: string): Promise<void> {
    const inner = await readdir(folder, { withFileTypes: true }).catch(() => undefined)
    if (inner === undefined) return
    for (const each of inner) if (each.isDirectory()) await this.#removeCgroup(join(folder, each.name))
    await until(`${folder} is free`, () =>
      rmdir(folder).then(
        () => true,
        (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
      ),
    )
  }
}
