import type { Duplex } from 'node:stream'
import { refuse, type SilenceReason } from '@viv/common'
import type { VmConfig, VmExit } from '../domain/contract.ts'
import { SOCKETS } from '../qemu/argv.ts'
import { RunFolder } from '../qemu/run-folder.ts'
import { boot, type BootPlan, isSameMachine, planBoot, withIncoming } from './boot.ts'
import { Hibernation } from './hibernation.ts'
import { endLeftovers, findVmProcesses, settleLauncher } from './leftovers.ts'
import type { Activity } from './activity.ts'
import { exitFound, Machine, type MachineListener } from './machine.ts'
import { askToReboot } from './reboot.ts'
import { RequestQueue } from './request-queue.ts'
import { RoomWait } from './room.ts'
import { openScreen } from './screen.ts'
import { SerialLine } from './serial-line.ts'
import { silentStatus } from './silence.ts'
import { StatusBoard } from './status.ts'
import { askToStop } from './stop.ts'
import { Takeover } from './takeover.ts'
import { ignoreSilence, qemuSilent, talk } from './talk.ts'
import { letGoOn, UserPause } from './user-pause.ts'
import type { VmHost } from './vm-host.ts'
import { SILENT_AFTER_MS } from './watchdog.ts'

/**
 * The one owner of one VM on its host: whatever changes it goes through here, one request at a time.
 *
 *               start                       guest powers off, stop, force
 *   stopped ──────────────▶ running ◀──▶ paused ────────────────────────▶ stopped
 *      ▲                       │ QEMU dies, or the guest panics
 *      └──── start ◀──────  crashed          running ──hibernate──▶ hibernated ──wake──▶ running
 *
 * Beside each state with a process stands "unresponsive": it is there, and nothing can be asked of it for now.
 * The agent may be restarted in any of them: `attach` finds the state again from /proc and the run folder.
 */
export class Vm {
  readonly #host: VmHost
  readonly #folder: RunFolder
  readonly #serial: SerialLine
  readonly #status: StatusBoard
  readonly #queue = new RequestQueue()
  readonly #pause: UserPause
  readonly #hibernation: Hibernation
  readonly #takeover = new Takeover(
    () => this.#attach(),
    (error) => this.#notAttached(error),
  )
  readonly #room = new RoomWait({
    facts: () => this.#host.volumes.facts(),
    resume: async () => {
      if (!this.#pause.isMarked) await this.#machine?.resume()
    },
    problem: (error) => this.#problem(error),
  })
  #config: VmConfig
  #machine: Machine | undefined

  constructor(host: VmHost, config: VmConfig) {
    this.#host = host
    this.#config = config
    this.#folder = new RunFolder(host.runFolders, config.vmId)
    this.#pause = new UserPause(this.#folder)
    this.#hibernation = new Hibernation({ host, folder: this.#folder, vmId: config.vmId, uid: this.uid })
    this.#serial = new SerialLine(this.#folder.at(SOCKETS.serial))
    this.#status = new StatusBoard(config.vmId, (status) => host.onStatus(status))
  }

  get config(): VmConfig {
    return this.#config
  }

  get uid(): number {
    return this.#host.uidBase + this.#config.uidIndex
  }

  /** Takes the VM over, or says that it does not answer and tries on. */
  attach(): Promise<void> {
    return this.#takeover.try()
  }

  /** Finds out what became of the VM while no agent looked. */
  async #attach(): Promise<void> {
    await this.#folder.revokeIntent()
    const process = await settleLauncher(this.#config.vmId, this.uid, this.#folder)
    await this.#hibernation.load()
    // Not ended yet after it was saved, or not loaded yet: it has not run since.
    if (process !== undefined && this.#hibernation.isSaved) {
      await endLeftovers(this.#config.vmId, this.uid, this.#folder)
      return this.#attachEnded()
    }
    if (process === undefined) return this.#attachEnded()
    const how = { timeoutMs: SILENT_AFTER_MS, signal: NEVER, foundPid: process.pid }
    const machine = await Machine.open(this.#folder, how, this.#listener())
    await this.#hibernation.settle(machine)
    await this.#take(machine)
  }

  /** Its process is there, or it would have been found ended: more cannot be said. */
  async #notAttached(error: unknown): Promise<{ isThere: boolean }> {
    // Said once, and tried on every few seconds.
    if (this.#status.now.state !== 'unresponsive') this.#problem(error)
    const { qemu } = await findVmProcesses(this.uid, this.#folder)
    if (qemu === undefined) return { isThere: false }
    this.#serial.open()
    this.#status.say({ ...(await silentStatus(this.#folder)), pid: qemu.pid })
    return { isThere: true }
  }

  define(config: VmConfig, signal: AbortSignal): Promise<void> {
    return this.#queue.ask('define', signal, () => this.#define(config))
  }

  start(config: VmConfig, signal: AbortSignal): Promise<void> {
    return this.#queue.ask('start', signal, async (both) => {
      this.#refuseUnattached()
      // Wanted and there: a start that is repeated has nothing to do.
      if (this.#machine !== undefined && this.#status.now.state !== 'crashed') return
      if (this.#hibernation.isSaved) throw this.#refusal('start afresh', 'start, discard')
      await this.#machine?.end('panicked')
      await this.#use(config)
      await this.#boot(both)
    })
  }

  /** Afterwards its process is gone and its memory saved, or it runs on. */
  hibernate(signal: AbortSignal): Promise<void> {
    return this.#queue.ask('hibernate', signal, async (both) => {
      if (this.#machine === undefined && this.#hibernation.isSaved) return
      await this.#talk('hibernate', async (machine) => {
        if ((await machine.activity()).state !== 'running') throw this.#refusal('hibernate', 'resume')
        await this.#hibernation.save(machine, this.#config, both)
        await machine.end('stopped')
      })
    })
  }

  /** Starts it with its saved memory; where that fails it stays hibernated. */
  wake(config: VmConfig, signal: AbortSignal): Promise<void> {
    return this.#queue.ask('wake', signal, async (both) => {
      this.#refuseUnattached()
      if (this.#machine !== undefined) return
      if (!this.#hibernation.isSaved) throw this.#refusal('wake', 'start')
      const plan = await planBoot(this.#host, config)
      await this.#hibernation.check(plan, config)
      await this.#use(config)
      await this.#boot(both, withIncoming(plan))
    })
  }

  /** Gives up its saved memory. */
  discard(signal: AbortSignal): Promise<void> {
    return this.#queue.ask('discard', signal, async () => {
      this.#refuseUnattached()
      if (this.#machine !== undefined) throw this.#refusal('discard', 'stop')
      if (!this.#hibernation.isSaved) return
      await this.#hibernation.discard()
      this.#status.stand()
    })
  }

  async #use(config: VmConfig): Promise<void> {
    if (isSameMachine(config, this.#config)) this.#config = config
    else await this.#define(config)
  }

  /** Takes a start back: no process, and none that comes late. */
  undoStart(signal: AbortSignal): Promise<void> {
    return this.#queue.ask('forceStop', signal, async () => {
      if (!this.#takeover.isDone) return this.#endUnattached()
      await this.#machine?.end('stopped')
      await endLeftovers(this.#config.vmId, this.uid, this.#folder)
      await this.#forgetFailedStart()
    })
  }

  stop(timeoutMs: number, signal: AbortSignal): Promise<'guest-agent' | 'acpi' | 'already'> {
    return this.#queue.ask('stop', signal, async (both) => {
      this.#refuseUnattached()
      const machine = this.#machine
      if (machine === undefined) return 'already'
      return talk(this.#config.name, () => askToStop(machine, this.#config.name, timeoutMs, both))
    })
  }

  forceStop(signal: AbortSignal): Promise<'force' | 'already'> {
    return this.#queue.ask('forceStop', signal, async () => {
      if (!this.#takeover.isDone) await this.#endUnattached()
      else if (this.#machine === undefined) return 'already'
      else await this.#machine.end('stopped')
      return 'force'
    })
  }

  /** Ends what runs, by its uid alone: it is this VM's, whatever it answers and whatever became of its run folder. */
  async #endUnattached(): Promise<void> {
    const wasThere = this.#status.now.state === 'unresponsive'
    await this.#folder.markEnding('stopped').catch(() => undefined)
    await endLeftovers(this.#config.vmId, this.uid, this.#folder)
    await this.#takeover.finish()
    await this.#machine?.ended
    // Where the run folder is gone nobody else can tell.
    if (wasThere && this.#status.now.exit === undefined) this.#status.end({ cause: 'stopped', at: now() })
  }

  /** Until a person resumes it, whatever else it may stand still for meanwhile. */
  pause(signal: AbortSignal): Promise<void> {
    return this.#queue.ask('pause', signal, () =>
      this.#talk('pause', async (machine) => {
        const activity = await this.#pause.pause(machine)
        await this.#act(activity)
        if (activity.state !== 'paused') throw this.#refusal('pause', 'start')
      }),
    )
  }

  /** Takes a person's pause back, and no other. */
  undoPause(signal: AbortSignal): Promise<void> {
    return this.#queue.ask('resume', signal, async () => {
      const machine = this.#machine
      if (machine === undefined || !this.#pause.isMarked) return
      this.#pause.end()
      // One that does not answer has the word in its line, after the other.
      await machine.resume().catch(ignoreSilence)
      await machine.activity().then((activity) => this.#act(activity), ignoreSilence)
    })
  }

  /** Where it stands still for want of something it may do so again at once, which is then its state. */
  resume(signal: AbortSignal): Promise<void> {
    return this.#queue.ask('resume', signal, () =>
      this.#talk('resume', async (machine) => {
        if (!(await letGoOn(machine))) throw this.#refusal('resume', 'reset, forceStop')
        this.#pause.end()
        await this.#act(await machine.activity())
      }),
    )
  }

  reboot(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return this.#queue.ask('reboot', signal, (both) =>
      this.#talk('reboot', (machine) => askToReboot(machine, this.#config.name, timeoutMs, both)),
    )
  }

  reset(signal: AbortSignal): Promise<void> {
    return this.#queue.ask('reset', signal, () =>
      this.#talk('reset', async (machine) => {
        await machine.reset()
        this.#pause.end()
        this.#status.revive()
      }),
    )
  }

  /** Does something with the machine that runs; where none does it is refused. */
  async #talk(action: string, work: (machine: Machine) => Promise<void>): Promise<void> {
    this.#refuseUnattached()
    const machine = this.#machine
    if (machine === undefined) throw this.#refusal(action, 'start')
    await talk(this.#config.name, () => work(machine))
  }

  /** Everything of the VM on this host but its volumes. */
  undefine(signal: AbortSignal): Promise<void> {
    return this.#queue.ask('undefine', signal, async () => {
      this.#refuseUnattached()
      const { vmId } = this.#config
      if (this.#machine !== undefined && this.#status.now.state !== 'crashed') throw this.#refusal('delete', 'stop')
      await this.#machine?.end('stopped')
      await endLeftovers(vmId, this.uid, this.#folder)
      await this.#hibernation.discard()
      await this.#host.cgroups.remove(vmId)
      await this.#folder.remove()
      await this.#host.folders.remove(vmId)
    })
  }

  serial(): Duplex | undefined {
    return this.#serial.view()
  }

  screen(): Promise<Duplex | undefined> {
    return openScreen(this.#folder.at(SOCKETS.screen))
  }

  /** The agent stops: the machine runs on, unwatched. */
  detach(): void {
    this.#takeover.stop()
    this.#room.end()
    this.#machine?.detach()
    this.#serial.close()
  }

  async #define(config: VmConfig): Promise<void> {
    await this.#host.folders.write(config)
    this.#config = config
  }

  async #boot(signal: AbortSignal, plan?: BootPlan): Promise<void> {
    const { vmId, name } = this.#config
    try {
      const begin = () => boot(this.#host, this.#config, this.uid, this.#folder, this.#listener(), signal, plan)
      const machine = await talk(name, begin)
      if (plan !== undefined) await talk(name, () => this.#hibernation.wake(machine, this.#config, signal))
      await Promise.all([this.#take(machine), this.#folder.closeIo(this.uid)])
    } catch (error) {
      await endLeftovers(vmId, this.uid, this.#folder)
      await this.#forgetFailedStart()
      this.#host.log('a start failed', { vmId, name })
      throw error
    }
  }

  async #take(machine: Machine): Promise<void> {
    this.#machine = machine
    this.#serial.open()
    try {
      const [activity] = await Promise.all([machine.activity(), this.#folder.markStarted(), this.#pause.load()])
      this.#status.begin(machine)
      await this.#act(activity)
    } catch (error) {
      // Two followers of one process would tell its end twice.
      machine.detach()
      this.#machine = undefined
      throw error
    }
  }

  async #act(seen: Activity): Promise<void> {
    // What a machine does that is not ours yet, or no more, is looked at when it is taken.
    if (this.#machine === undefined) return
    const activity = this.#pause.see(seen)
    const isFull = activity.state === 'paused' && activity.pauseReason === 'disk_full'
    if (isFull) this.#room.begin()
    else this.#room.end()
    if (activity.state === 'running' || activity.state === 'paused') return this.#status.say(activity)
    if (activity.state === 'panicked') {
      return this.#status.say({ state: 'crashed', exit: { cause: 'panicked', at: now() } })
    }
    // The guest is off; the process stood by only so that we could see it.
    await this.#machine?.end('powered_off')
  }

  #listener(): MachineListener {
    return {
      onActivity: (activity: Activity) => void this.#act(activity).catch((error: unknown) => this.#problem(error)),
      onSilent: (reason: SilenceReason) => {
        this.#room.end()
        this.#status.say({ state: 'unresponsive', silenceReason: reason })
      },
      onReset: () => this.#status.say({ resets: (this.#status.now.resets ?? 0) + 1 }),
      onEnded: (exit: VmExit) => this.#hasEnded(exit),
    }
  }

  #hasEnded(exit: VmExit): void {
    this.#machine = undefined
    this.#room.end()
    this.#serial.close()
    if (this.#hibernation.isSaved) this.#status.hibernate()
    else this.#status.end(exit)
  }

  async #attachEnded(): Promise<void> {
    this.#serial.close()
    if (this.#hibernation.isSaved) return this.#forgetFailedStart()
    const launched = await this.#folder.launched()
    // Never launched since the host started, or it came to nothing.
    if (launched === undefined || !(await this.#folder.hasStarted())) return this.#forgetFailedStart()
    this.#status.end(await exitFound(this.#folder), {
      appliedRevision: launched.revision,
      startedAt: launched.startedAt,
    })
  }

  /** A QEMU that never answered was no machine: its end is the failure of a task, not a crash. */
  async #forgetFailedStart(): Promise<void> {
    const { isSaved } = this.#hibernation
    if (!isSaved && (await this.#folder.hasStarted())) return
    await this.#folder.remove()
    if (isSaved) this.#status.hibernate()
    else this.#status.stand()
  }

  /** Its QEMU may hold the disks: whatever needs to know where it stands waits until that is known. */
  #refuseUnattached(): void {
    if (!this.#takeover.isDone) throw qemuSilent(this.#config.name, SILENT_AFTER_MS)
  }

  #refusal(action: string, allowed: string) {
    return refuse('vm_state', { name: this.#config.name, state: this.#status.now.state, action, allowed })
  }

  #problem(error: unknown): void {
    this.#host.log('a VM could not be followed', { vmId: this.#config.vmId, error: String(error) })
  }
}

const now = (): string => new Date().toISOString()
const NEVER = new AbortController().signal
