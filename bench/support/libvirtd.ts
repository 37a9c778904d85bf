import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { until } from '../../test/support/installation.ts'

const run = promisify(execFile)
const VIRSH_TIMEOUT_MS = 60_000
/** What libvirtd would read and write of the machine's own; ours see folders of this run in their places. */
const MACHINE_FOLDERS = ['/etc/libvirt', '/var/lib/libvirt', '/var/log/libvirt', '/var/cache/libvirt', '/run/libvirt']

const DAEMON_SETTINGS = (sockets: string) => `unix_sock_dir = "${sockets}"
auth_unix_rw = "none"
auth_unix_ro = "none"
`
/** No confinement that would cost it time: it is measured at its fastest. */
const QEMU_SETTINGS = `security_driver = "none"
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
stdio_handler = "file"
cgroup_controllers = []
namespaces = []
`

/**
 * A libvirtd of our own, in a mount namespace of its own: nothing of the machine's is read or changed.
 *
 *   unshare ─ our folders over the machine's ─ libvirtd ◀─ socket in our folder ─ virsh
 */
export class Libvirtd implements AsyncDisposable {
  readonly root: string
  #daemon: ChildProcess | undefined

  private constructor(root: string) {
    this.root = root
  }

  /** All that it keeps lies in a new folder of the parent, whose owner removes it. */
  static async start(parent: string): Promise<Libvirtd> {
    const libvirtd = new Libvirtd(join(parent, 'libvirt'))
    try {
      await libvirtd.#begin()
      return libvirtd
    } catch (error) {
      await libvirtd[Symbol.asyncDispose]()
      throw error
    }
  }

  /** What virsh printed. */
  async virsh(...args: string[]): Promise<string> {
    const uri = `qemu+unix:///system?socket=${this.#sockets}/libvirt-sock`
    const { stdout } = await run('virsh', ['-q', '-c', uri, ...args], { timeout: VIRSH_TIMEOUT_MS })
    return stdout
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const daemon = this.#daemon
    if (daemon?.pid === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return
    const gone = once(daemon, 'exit')
    daemon.kill('SIGTERM')
    await gone
  }

  get #sockets(): string {
    return join(this.root, 'sockets')
  }

  async #begin(): Promise<void> {
    await mkdir(this.#sockets, { recursive: true })
    const settings = join(this.root, 'libvirtd.conf')
    await writeFile(settings, DAEMON_SETTINGS(this.#sockets))
    const mounts: string[] = []
    for (const folder of MACHINE_FOLDERS) {
      const own = join(this.root, folder)
      await mkdir(own, { recursive: true })
      mounts.push(`mkdir -p ${folder} && mount --bind ${own} ${folder}`)
    }
    await writeFile(join(this.root, '/etc/libvirt/qemu.conf'), QEMU_SETTINGS)
    const script = `${mounts.join(' && ')} && exec libvirtd -f ${settings} -p ${join(this.root, 'pid')}`
    const daemon = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#daemon = daemon
    let words = ''
    daemon.stderr?.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-2_000)
    })
    daemon.on('error', (error) => (words = error.message))
    await until('libvirtd answers', () => this.#answers()).catch((error: unknown) => {
      throw new Error(`libvirtd did not start: ${words}`, { cause: error })
    })
  }

  #answers(): Promise<boolean> {
    return this.virsh('version').then(
      () => true,
      () => false,
    )
  }
}
