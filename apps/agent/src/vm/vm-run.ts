import { isSamePolicy, type SilenceReason } from '@viv/common'
import type { VmConfig, VmExit, VmStatus } from '../domain/contract.ts'
import { SOCKETS } from '../qemu/argv.ts'
import { RunFolder } from '../qemu/run-folder.ts'
import type { Activity } from './activity.ts'
import { boot, type BootPlan, isSameMachine } from './boot.ts'
import { GuestClock } from './guest-clock.ts'
import { Hibernation } from './hibernation.ts'
import { endLeftovers, findVmProcesses, settleLauncher } from './leftovers.ts'
import { exitFound, Machine, type MachineListener } from './machine.ts'
import { RoomWait } from './room.ts'
import { SerialLine } from './serial-line.ts'
import { silentStatus } from './silence.ts'
import { StatusBoard } from './status.ts'
import { talk } from './talk.ts'
import { UserPause } from './user-pause.ts'
import { type BeginningMemories, forgetVm, type VmHost, writeVm } from './vm-host.ts'
import { SILENT_AFTER_MS } from './watchdog.ts'

/**
 * What runs of one VM, or ran: found or booted, followed, its end told. Which of it may be done, and when, is its
 * owner's part (vm.ts).
 */
export class VmRun {
  readonly folder: RunFolder
  readonly serial: SerialLine
  readonly status: StatusBoard
  readonly pause: UserPause
  readonly hibernation: Hibernation
  readonly #host: VmHost
  readonly #onCrashed: () => void
  readonly #room: RoomWait
  readonly #clock: GuestClock
  #config: VmConfig
  #machine: Machine | undefined
  #isStill = false

  constructor(host: VmHost, config: VmConfig, onCrashed: () => void) {
    this.#host = host
    this.#onCrashed = onCrashed
    this.#config = config
    this.folder = new RunFolder(host.runFolders, config.vmId)
    this.pause = new UserPause(this.folder)
    this.hibernation = new Hibernation({ host, folder: this.folder, vmId: config.vmId, uid: this.uid })
    this.serial = new SerialLine(this.folder.at(SOCKETS.serial))
    this.status = new StatusBoard(config.vmId, (status) => host.onStatus({ ...status, ...this.#policy() }))
    this.#clock = new GuestClock((message, facts) => host.log(message, { vmId: config.vmId, ...facts }))
    this.#room = new RoomWait({
      facts: () => host.volumes.facts(),
      resume: async () => {
        if (!this.pause.isMarked) await this.#machine?.resume()
      },
      problem: (error) => this.#problem(error),
    })
  }

  get config(): VmConfig {
    return this.#config
  }

  get uid(): number {
    return this.#host.uidBase + this.#config.uidIndex
  }

  get machine(): Machine | undefined {
    return this.#machine
  }

  async define(config: VmConfig, memories?: BeginningMemories): Promise<void> {
    await writeVm(this.#host, config, this.uid, memories)
    const isOther = !isSamePolicy(config.crashPolicy, this.#config.crashPolicy)
    this.#config = config
    if (isOther) this.status.say({})
  }

  async use(config: VmConfig): Promise<void> {
    if (isSameMachine(config, this.#config)) this.#config = config
    else await this.define(config)
  }

  /** Finds out what became of the VM while no agent looked. */
  async attach(): Promise<void> {
    await this.folder.revokeIntent()
    const process = await settleLauncher(this.#config.vmId, this.uid, this.folder)
    await this.hibernation.load()
    // Not ended yet after it was saved, or not loaded yet: it has not run since.
    if (process !== undefined && this.hibernation.isSaved) {
      await this.endLeftovers()
      return this.#attachEnded()
    }
    if (process === undefined) return this.#attachEnded()
    const how = { timeoutMs: SILENT_AFTER_MS, signal: NEVER, foundPid: process.pid }
    const machine = await Machine.open(this.folder, how, this.#listener())
    await this.hibernation.settle(machine)
    await this.#take(machine)
  }

  /** Its process is there, or it would have been found ended: more cannot be said. */
  async notAttached(error: unknown): Promise<{ isThere: boolean }> {
    // Said once, and tried on every few seconds.
    if (this.status.now.state !== 'unresponsive') this.#problem(error)
    const { qemu } = await findVmProcesses(this.uid, this.folder)
    if (qemu === undefined) return { isThere: false }
    this.serial.open()
    this.status.say({ ...(await silentStatus(this.folder)), pid: qemu.pid })
    return { isThere: true }
  }

  async boot(signal: AbortSignal, plan?: BootPlan): Promise<void> {
    const { vmId, name } = this.#config
    try {
      const begin = () => boot(this.#host, this.#config, this.uid, this.folder, this.#listener(), signal, plan)
      const machine = await talk(name, begin)
      if (plan !== undefined) await talk(name, () => this.hibernation.wake(machine, this.#config, signal))
      await Promise.all([this.#take(machine), this.folder.closeIo(this.uid)])
      if (plan !== undefined) this.#goesOn()
    } catch (error) {
      await this.endLeftovers()
      await this.forgetFailedStart()
      this.#host.log('a start failed', { vmId, name })
      throw error
    }
  }

  async act(seen: Activity): Promise<void> {
    // What a machine does that is not ours yet, or no more, is looked at when it is taken.
    if (this.#machine === undefined) return
    const activity = this.pause.see(seen)
    const isFull = activity.state === 'paused' && activity.pauseReason === 'disk_full'
    if (isFull) this.#room.begin()
    else this.#room.end()
    this.#follow(activity)
    if (activity.state === 'running' || activity.state === 'paused') return this.status.say(activity)
    if (activity.state === 'panicked' || activity.state === 'hung') return this.#crashed(activity.state)
    // The guest is off; the process stood by only so that we could see it.
    await this.#machine?.end('powered_off')
  }

  /** A QEMU that never answered was no machine: its end is the failure of a task, not a crash. */
  async forgetFailedStart(): Promise<void> {
    const { isSaved } = this.hibernation
    if (!isSaved && (await this.folder.hasStarted())) return
    await this.folder.remove()
    if (isSaved) this.status.hibernate()
    else this.status.stand()
  }

  endLeftovers(): Promise<void> {
    return endLeftovers(this.#config.vmId, this.uid, this.folder)
  }

  /** Everything of it on this host but its volumes. */
  async remove(): Promise<void> {
    const { vmId } = this.#config
    await this.#machine?.end('stopped')
    await this.endLeftovers()
    await this.hibernation.discard()
    await this.#host.cgroups.remove(vmId)
    await this.folder.remove()
    await forgetVm(this.#host, vmId)
  }

  /** The agent stops: the machine runs on, unwatched. */
  detach(): void {
    this.#room.end()
    this.#clock.stop()
    this.#machine?.detach()
    this.serial.close()
  }

  async #take(machine: Machine): Promise<void> {
    this.#machine = machine
    this.#isStill = false
    this.serial.open()
    try {
      const [activity] = await Promise.all([machine.activity(), this.folder.markStarted(), this.pause.load()])
      this.status.begin(machine)
      await this.act(activity)
    } catch (error) {
      // Two followers of one process would tell its end twice.
      machine.detach()
      this.#machine = undefined
      throw error
    }
  }

  /** A guest that stood still knows nothing of the time since. */
  #follow({ state }: Activity): void {
    if (state === 'running' && this.#isStill) this.#goesOn()
    if (state !== 'running') this.#clock.stop()
    this.#isStill = state === 'paused'
  }

  #goesOn(): void {
    if (this.#machine !== undefined && this.#config.hardware.clock !== 'free') this.#clock.set(this.#machine)
  }

  #crashed(cause: 'panicked' | 'hung'): void {
    // Looked at again it crashed no later.
    if (this.status.now.exit?.cause === cause) return
    this.status.say({ state: 'crashed', exit: { cause, at: now() } })
    this.#onCrashed()
  }

  #listener(): MachineListener {
    return {
      onActivity: (activity: Activity) => void this.act(activity).catch((error: unknown) => this.#problem(error)),
      onSilent: (reason: SilenceReason) => {
        this.#room.end()
        this.status.say({ state: 'unresponsive', silenceReason: reason })
      },
      onReset: () => this.status.say({ resets: (this.status.now.resets ?? 0) + 1 }),
      onEnded: (exit: VmExit) => this.#hasEnded(exit),
    }
  }

  #hasEnded(exit: VmExit): void {
    this.#machine = undefined
    this.#room.end()
    this.#clock.stop()
    this.serial.close()
    if (this.hibernation.isSaved) return this.status.hibernate()
    this.status.end(exit)
    if (exit.cause === 'died') this.#onCrashed()
  }

  async #attachEnded(): Promise<void> {
    this.serial.close()
    if (this.hibernation.isSaved) return this.forgetFailedStart()
    const launched = await this.folder.launched()
    // Never launched since the host started, or it came to nothing.
    if (launched === undefined || !(await this.folder.hasStarted())) return this.forgetFailedStart()
    const exit = await exitFound(this.folder)
    this.status.end(exit, { appliedRevision: launched.revision, startedAt: launched.startedAt })
    if (exit.cause === 'died') this.#onCrashed()
  }

  #policy(): Pick<VmStatus, 'crashPolicy'> {
    const { crashPolicy } = this.#config
    return crashPolicy === undefined ? {} : { crashPolicy }
  }

  #problem(error: unknown): void {
    this.#host.log('a VM could not be followed', { vmId: this.#config.vmId, error: String(error) })
  }
}

const now = (): string => new Date().toISOString()
const NEVER = new AbortController().signal
