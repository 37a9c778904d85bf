import type { Duplex } from 'node:stream'
import { refuse } from '@viv/common'
import type { VmConfig, VmExit, VmStatus } from '../domain/contract.ts'
import { SOCKETS } from '../qemu/argv.ts'
import { RunFolder } from '../qemu/run-folder.ts'
import type { VmFolders } from '../store/vm-folders.ts'
import { boot, type BootHost } from './boot.ts'
import { endLeftovers, settleLauncher } from './leftovers.ts'
import { type Activity, exitOf, Machine } from './machine.ts'
import { RequestQueue } from './request-queue.ts'
import { SerialLine } from './serial-line.ts'
import { askToStop } from './stop.ts'

export interface VmHost extends BootHost {
  readonly runFolders: string
  readonly folders: VmFolders
  readonly uidBase: number
  onStatus(status: VmStatus): void
  log(message: string, facts: object): void
}

/** A machine that is found running answers within this, also on a loaded host. */
const ATTACH_TIMEOUT_MS = 15_000
/** One that did not is asked again after this. */
const ATTACH_AGAIN_MS = 5_000

/**
 * The one owner of one VM on its host: whatever changes it goes through here, one request at a time.
 *
 *               start                       guest powers off, stop, force
 *   stopped ──────────────▶ running ◀──▶ paused ────────────────────────▶ stopped
 *      ▲                       │ QEMU dies, or the guest panics
 *      └──── start ◀──────  crashed
 *
 * The agent may be restarted in any of them: `attach` finds the state again from /proc and the run folder.
 */
export class Vm {
  readonly #host: VmHost
  readonly #folder: RunFolder
  readonly #queue = new RequestQueue()
  #config: VmConfig
  #machine: Machine | undefined
  #serial: SerialLine | undefined
  #status: VmStatus
  #isAttached = false
  #attachAgain: NodeJS.Timeout | undefined

  constructor(host: VmHost, config: VmConfig) {
    this.#host = host
    this.#config = config
    this.#folder = new RunFolder(host.runFolders, config.vmId)
    this.#status = { vmId: config.vmId, state: 'stopped', appliedRevision: 0, observedAt: new Date().toISOString() }
  }

  get config(): VmConfig {
    return this.#config
  }

  get uid(): number {
    return this.#host.uidBase + this.#config.uidIndex
  }

  /**
   * Takes the VM over, or tries again until it can: a QEMU that does not answer must not keep the agent from all
   * others. Until then nothing is said of it, and nothing but a forced stop is done to it.
   */
  async attach(): Promise<void> {
    try {
      await this.#attach()
      this.#isAttached = true
    } catch (error) {
      this.#problem(error)
      this.#attachAgain = setTimeout(() => void this.attach(), ATTACH_AGAIN_MS)
    }
  }

  /** Finds out what became of the VM while no agent looked. */
  async #attach(): Promise<void> {
    const { vmId } = this.#config
    await this.#folder.revokeIntent()
    const process = await settleLauncher(vmId, this.uid, this.#folder)
    if (process !== undefined)
      await this.#take(await Machine.open(this.#folder, ATTACH_TIMEOUT_MS, NEVER, this.#listener()))
    else await this.#attachEnded()
  }

  define(config: VmConfig, signal: AbortSignal): Promise<void> {
    return this.#queue.ask('define', signal, () => this.#define(config))
  }

  start(config: VmConfig, signal: AbortSignal): Promise<void> {
    return this.#queue.ask('start', signal, async (both) => {
      this.#refuseUnattached()
      // Wanted and there: a start that is repeated has nothing to do.
      if (this.#machine !== undefined && this.#status.state !== 'crashed') return
      await this.#machine?.end('panicked')
      if (isSameMachine(config, this.#config)) this.#config = config
      else await this.#define(config)
      await this.#boot(both)
    })
  }

  /** Takes a start back: no process, and none that comes late. */
  undoStart(signal: AbortSignal): Promise<void> {
    return this.#queue.ask('forceStop', signal, async () => {
      await this.#machine?.end('stopped')
      await endLeftovers(this.#config.vmId, this.uid, this.#folder)
      await this.#forgetFailedStart()
    })
  }

  stop(timeoutMs: number, signal: AbortSignal): Promise<'guest-agent' | 'acpi' | 'already'> {
    return this.#queue.ask('stop', signal, async (both) => {
      this.#refuseUnattached()
      if (this.#machine === undefined) return 'already'
      return askToStop(this.#machine, this.#config.name, timeoutMs, both)
    })
  }

  forceStop(signal: AbortSignal): Promise<'force' | 'already'> {
    return this.#queue.ask('forceStop', signal, async () => {
      if (!this.#isAttached) {
        await endLeftovers(this.#config.vmId, this.uid, this.#folder)
        return 'force'
      }
      if (this.#machine === undefined) return 'already'
      await this.#machine.end('stopped')
      return 'force'
    })
  }

  reset(signal: AbortSignal): Promise<void> {
    return this.#queue.ask('reset', signal, async () => {
      if (this.#machine === undefined) {
        throw refuse('vm_state', {
          name: this.#config.name,
          state: this.#status.state,
          action: 'reset',
          allowed: 'start',
        })
      }
      await this.#machine.reset()
      const { exit: _panic, ...status } = this.#status
      this.#status = status
      this.#say({ state: 'running' })
    })
  }

  /** Everything of the VM on this host but its volumes. */
  undefine(signal: AbortSignal): Promise<void> {
    return this.#queue.ask('undefine', signal, async () => {
      this.#refuseUnattached()
      const { vmId, name } = this.#config
      if (this.#machine !== undefined && this.#status.state !== 'crashed') {
        throw refuse('vm_state', { name, state: this.#status.state, action: 'delete', allowed: 'stop' })
      }
      await this.#machine?.end('stopped')
      await endLeftovers(vmId, this.uid, this.#folder)
      await this.#host.cgroups.remove(vmId)
      await this.#folder.remove()
      await this.#host.folders.remove(vmId)
    })
  }

  serial(): Duplex | undefined {
    return this.#serial?.view()
  }

  /** The agent stops: the machine runs on, unwatched. */
  detach(): void {
    clearTimeout(this.#attachAgain)
    this.#machine?.detach()
    this.#serial?.close()
  }

  async #define(config: VmConfig): Promise<void> {
    await this.#host.folders.write(config)
    this.#config = config
  }

  async #boot(signal: AbortSignal): Promise<void> {
    const { vmId, name } = this.#config
    try {
      await this.#take(await boot(this.#host, this.#config, this.uid, this.#folder, this.#listener(), signal))
    } catch (error) {
      await endLeftovers(vmId, this.uid, this.#folder)
      await this.#forgetFailedStart()
      this.#host.log('a start failed', { vmId, name })
      throw error
    }
  }

  async #take(machine: Machine): Promise<void> {
    await this.#folder.markStarted()
    this.#machine = machine
    this.#serial = new SerialLine(this.#folder.at(SOCKETS.serial))
    const { startedAt, revision, accelerator } = machine.launched
    const { exit: _exit, resets: _resets, ...status } = this.#status
    this.#status = { ...status, startedAt, appliedRevision: revision, accelerator, pid: machine.process.pid }
    try {
      await this.#act(await machine.activity())
    } catch (error) {
      // Two followers of one process would tell its end twice.
      machine.detach()
      this.#machine = undefined
      throw error
    }
  }

  async #act(activity: Activity): Promise<void> {
    if (activity === 'running' || activity === 'paused') return this.#say({ state: activity })
    if (activity === 'panicked') {
      const exit: VmExit = { cause: 'panicked', at: new Date().toISOString() }
      return this.#say({ state: 'crashed', exit })
    }
    // The guest is off; the process stood by only so that we could see it.
    await this.#machine?.end('powered_off')
  }

  #listener() {
    return {
      onActivity: (activity: Activity) => void this.#act(activity).catch((error: unknown) => this.#problem(error)),
      onReset: () => this.#say({ resets: (this.#status.resets ?? 0) + 1 }),
      onEnded: (exit: VmExit) => this.#hasEnded(exit),
    }
  }

  #hasEnded(exit: VmExit): void {
    this.#machine = undefined
    this.#serial?.close()
    this.#serial = undefined
    const { pid: _pid, accelerator: _accelerator, ...status } = this.#status
    this.#status = status
    this.#say({ state: stateAfter(exit), exit })
  }

  async #attachEnded(): Promise<void> {
    const launched = await this.#folder.launched()
    // Never launched since the host started, or it came to nothing.
    if (launched === undefined || !(await this.#folder.hasStarted())) return this.#forgetFailedStart()
    const exit = (await this.#folder.ended()) ?? (await exitOf(this.#folder))
    // A full /run: found out again the next time.
    await this.#folder.writeEnded(exit).catch(() => undefined)
    const { revision, startedAt } = launched
    this.#say({ state: stateAfter(exit), exit, appliedRevision: revision, startedAt })
  }

  /** A QEMU that never answered was no machine: its end is the failure of a task, not a crash. */
  async #forgetFailedStart(): Promise<void> {
    if (await this.#folder.hasStarted()) return
    await this.#folder.remove()
    this.#say({ state: 'stopped' })
  }

  #say(change: Partial<VmStatus>): void {
    this.#status = { ...this.#status, ...change, observedAt: new Date().toISOString() }
    this.#host.onStatus(this.#status)
  }

  /** Its QEMU may hold the disks: whatever needs to know where it stands waits until that is known. */
  #refuseUnattached(): void {
    if (!this.#isAttached) throw refuse('qemu_silent', { name: this.#config.name, seconds: ATTACH_TIMEOUT_MS / 1000 })
  }

  #problem(error: unknown): void {
    this.#host.log('a VM could not be followed', { vmId: this.#config.vmId, error: String(error) })
  }
}

/** A revision that changed nothing for the machine is not worth two syncs on the way to its start. */
function isSameMachine(a: VmConfig, b: VmConfig): boolean {
  return JSON.stringify({ ...a, revision: 0 }) === JSON.stringify({ ...b, revision: 0 })
}

const NEVER = new AbortController().signal

/** A process that nobody asked to end has crashed, whatever its code says. */
function stateAfter({ cause }: VmExit): 'stopped' | 'crashed' {
  return cause === 'powered_off' || cause === 'stopped' ? 'stopped' : 'crashed'
}
