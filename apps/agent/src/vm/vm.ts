import type { Duplex } from 'node:stream'
import { refuse, type VmCd } from '@viv/common'
import type { Outgoing } from '../domain/backend.ts'
import type { FirmwareMemory, VmConfig, VmStatus } from '../domain/contract.ts'
import { SOCKETS } from '../qemu/argv.ts'
import { planBoot, withIncoming } from './boot.ts'
import { CrashRecovery } from './crash-recovery.ts'
import { changeDisc } from './disc.ts'
import type { Machine } from './machine.ts'
import { askToReboot } from './reboot.ts'
import { RequestQueue } from './request-queue.ts'
import { openScreen } from './screen.ts'
import { askToSleep } from './suspend.ts'
import { askToStop } from './stop.ts'
import { Takeover } from './takeover.ts'
import { ignoreSilence, qemuSilent, talk } from './talk.ts'
import { letGoOn } from './user-pause.ts'
import type { BeginningMemories, VmHost } from './vm-host.ts'
import { VmRun } from './vm-run.ts'
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
  readonly #run: VmRun
  readonly #queue = new RequestQueue()
  readonly #takeover: Takeover
  readonly #recovery: CrashRecovery

  constructor(host: VmHost, config: VmConfig) {
    this.#host = host
    const run = new VmRun(host, config, () => void this.#recover())
    this.#run = run
    this.#recovery = new CrashRecovery(run)
    this.#takeover = new Takeover(
      () => run.attach(),
      (error) => run.notAttached(error),
    )
  }

  get config(): VmConfig {
    return this.#run.config
  }

  get state(): VmStatus['state'] {
    return this.#run.status.now.state
  }

  get uid(): number {
    return this.#run.uid
  }

  /** Takes the VM over, or says that it does not answer and tries on. */
  attach(): Promise<void> {
    return this.#takeover.try()
  }

  /** `memories`: what its UEFI and TPM begin with. */
  define(config: VmConfig, signal: AbortSignal, memories?: BeginningMemories): Promise<void> {
    return this.#queue.ask('define', signal, () => this.#run.define(config, memories))
  }

  /** The same, in the way in which it is written now. */
  rewrite(signal: AbortSignal): Promise<void> {
    return this.#queue.ask('define', signal, () => this.#host.folders.write(this.config))
  }

  /** What a process has is not taken from it: refused where one runs that is made of an older config. */
  redefine(config: VmConfig, signal: AbortSignal): Promise<void> {
    return this.#queue.ask('define', signal, async () => {
      this.#refuseUnattached()
      const isOld = this.#run.machine !== undefined && this.#run.status.now.appliedRevision < config.revision
      if (isOld || this.#run.hibernation.isSaved) throw this.#refusal('change its devices', isOld ? 'stop' : 'discard')
      if (config.revision > this.config.revision) await this.#run.define(config)
    })
  }

  start(config: VmConfig, signal: AbortSignal): Promise<void> {
    return this.#queue.ask('start', signal, async (both) => {
      this.#refuseUnattached()
      // Wanted and there: a start that is repeated has nothing to do.
      if (this.#run.machine !== undefined && this.#run.status.now.state !== 'crashed') return
      if (this.#run.hibernation.isSaved) throw this.#refusal('start afresh', 'start, discard')
      await this.#run.machine?.end(this.#run.status.now.exit?.cause ?? 'panicked')
      this.#recovery.forget()
      await this.#run.use(config)
      await this.#run.boot(both)
    })
  }

  /** Afterwards its process is gone and its memory saved, or it runs on. */
  hibernate(signal: AbortSignal): Promise<void> {
    return this.#queue.ask('hibernate', signal, async (both) => {
      if (this.#run.machine === undefined && this.#run.hibernation.isSaved) return
      await this.#talk('hibernate', async (machine) => {
        if ((await machine.activity()).state !== 'running') throw this.#refusal('hibernate', 'resume')
        await this.#run.hibernation.save(machine, this.config, both)
        await machine.end('stopped')
      })
    })
  }

  /** Starts it with its saved memory; where that fails it stays hibernated. */
  wake(config: VmConfig, signal: AbortSignal): Promise<void> {
    return this.#queue.ask('wake', signal, async (both) => {
      this.#refuseUnattached()
      if (this.#run.machine !== undefined) return
      if (!this.#run.hibernation.isSaved) throw this.#refusal('wake', 'start')
      const plan = await planBoot(this.#host, config)
      await this.#run.hibernation.check(plan, config)
      await this.#run.use(config)
      await this.#run.boot(both, withIncoming(plan))
    })
  }

  /** Gives up its saved memory. */
  discard(signal: AbortSignal): Promise<void> {
    return this.#queue.ask('discard', signal, async () => {
      this.#refuseUnattached()
      if (this.#run.machine !== undefined) throw this.#refusal('discard', 'stop')
      if (!this.#run.hibernation.isSaved) return
      await this.#run.hibernation.discard()
      this.#run.status.stand()
    })
  }

  /** Takes a start back: no process, and none that comes late. */
  undoStart(signal: AbortSignal): Promise<void> {
    return this.#queue.ask('forceStop', signal, async () => {
      if (!this.#takeover.isDone) return this.#endUnattached()
      await this.#run.machine?.end('stopped')
      await this.#run.endLeftovers()
      await this.#run.forgetFailedStart()
    })
  }

  stop(timeoutMs: number, signal: AbortSignal): Promise<'guest-agent' | 'acpi' | 'already'> {
    return this.#queue.ask('stop', signal, async (both) => {
      this.#refuseUnattached()
      const machine = this.#run.machine
      if (machine === undefined) return 'already'
      return talk(this.config.name, () => askToStop(machine, this.config.name, timeoutMs, both))
    })
  }

  forceStop(signal: AbortSignal): Promise<'force' | 'already'> {
    return this.#queue.ask('forceStop', signal, async () => {
      if (!this.#takeover.isDone) await this.#endUnattached()
      else if (this.#run.machine === undefined) return 'already'
      else await this.#run.machine.end('stopped')
      return 'force'
    })
  }

  /** Ends what runs, by its uid alone: it is this VM's, whatever it answers and whatever became of its run folder. */
  async #endUnattached(): Promise<void> {
    const wasThere = this.#run.status.now.state === 'unresponsive'
    await this.#run.folder.markEnding('stopped').catch(() => undefined)
    await this.#run.endLeftovers()
    await this.#takeover.finish()
    await this.#run.machine?.ended
    // Where the run folder is gone nobody else can tell.
    if (wasThere && this.#run.status.now.exit === undefined) this.#run.status.end({ cause: 'stopped', at: now() })
  }

  /** Until a person resumes it, whatever else it may stand still for meanwhile. */
  pause(signal: AbortSignal): Promise<void> {
    return this.#queue.ask('pause', signal, () =>
      this.#talk('pause', async (machine) => {
        const activity = await this.#run.pause.pause(machine)
        await this.#run.act(activity)
        if (activity.state !== 'paused') throw this.#refusal('pause', 'start')
      }),
    )
  }

  /** Takes a person's pause back, and no other. */
  undoPause(signal: AbortSignal): Promise<void> {
    return this.#queue.ask('resume', signal, async () => {
      const machine = this.#run.machine
      if (machine === undefined || !this.#run.pause.isMarked) return
      this.#run.pause.end()
      // One that does not answer has the word in its line, after the other.
      await machine.resume().catch(ignoreSilence)
      await machine.activity().then((activity) => this.#run.act(activity), ignoreSilence)
    })
  }

  /** Where it stands still for want of something it may do so again at once, which is then its state. */
  resume(signal: AbortSignal): Promise<void> {
    return this.#queue.ask('resume', signal, () =>
      this.#talk('resume', async (machine) => {
        if (!(await letGoOn(machine))) throw this.#refusal('resume', 'reset, forceStop')
        this.#run.pause.end()
        await this.#run.act(await machine.activity())
      }),
    )
  }

  reboot(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return this.#queue.ask('reboot', signal, (both) =>
      this.#talk('reboot', (machine) => askToReboot(machine, this.config.name, timeoutMs, both)),
    )
  }

  suspend(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return this.#queue.ask('suspend', signal, (both) =>
      this.#talk('suspend', async (machine) => {
        await this.#run.act(await askToSleep(machine, this.config.name, timeoutMs, both))
      }),
    )
  }

  reset(signal: AbortSignal): Promise<void> {
    return this.#queue.ask('reset', signal, () =>
      this.#talk('reset', async (machine) => {
        await machine.reset()
        this.#run.pause.end()
        this.#run.status.revive()
      }),
    )
  }

  /** In the machine that runs, and in what is written down: a start that nobody asks a manager for finds it so. */
  changeDisc(cd: VmCd | undefined, force: boolean, signal: AbortSignal): Promise<void> {
    return this.#queue.ask('changeDisc', signal, async (both) => {
      this.#refuseUnattached()
      const { config } = this
      if (this.#run.hibernation.isSaved) throw this.#refusal('changeDisc', 'start, discard')
      const machine = this.#run.machine
      if (machine !== undefined && cd !== undefined) {
        const { disc } = cd
        const found = disc && { ...disc, file: await this.#host.volumes.disc(disc.volumeId) }
        const change = { name: config.name, disc: found, force }
        await talk(config.name, () => machine.through((session) => changeDisc(session, change, both)))
      }
      const { cd: _before, ...hardware } = config.hardware
      await this.#run.use({ ...config, hardware: { ...hardware, ...(cd === undefined ? {} : { cd }) } })
    })
  }

  /** Does something with the machine that runs; where none does it is refused. */
  async #talk(action: string, work: (machine: Machine) => Promise<void>): Promise<void> {
    this.#refuseUnattached()
    const machine = this.#run.machine
    if (machine === undefined) throw this.#refusal(action, 'start')
    await talk(this.config.name, () => work(machine))
  }

  /** Everything of the VM on this host but its volumes. */
  undefine(signal: AbortSignal): Promise<void> {
    return this.#queue.ask('undefine', signal, async () => {
      this.#refuseUnattached()
      const isThere = this.#run.machine !== undefined && this.#run.status.now.state !== 'crashed'
      if (isThere) throw this.#refusal('delete', 'stop')
      await this.#run.remove()
    })
  }

  /** Refuses where a machine may write to what is to be read. */
  requireStopped(): void {
    this.#refuseUnattached()
    if (this.#run.machine !== undefined) throw this.#refusal('pack', 'stop')
  }

  /** What its firmware or its TPM remembers, of a machine that stands. */
  async sendFirmware(memory: FirmwareMemory): Promise<Outgoing> {
    this.requireStopped()
    return this.#host.volumes.firmwareState(this.config.vmId).send(memory, this.config)
  }

  serial(): Duplex | undefined {
    return this.#run.serial.view()
  }

  screen(): Promise<Duplex | undefined> {
    return openScreen(this.#run.folder.at(SOCKETS.screen))
  }

  /** The agent stops: the machine runs on, unwatched. */
  detach(): void {
    this.#takeover.stop()
    this.#run.detach()
  }

  /** What its policy says about a crash, once it is known where it stands. */
  async #recover(): Promise<void> {
    try {
      if (!this.#takeover.isDone) await this.#takeover.try()
      await this.#queue.ask('recover', NEVER, (both) => this.#recovery.answer(both))
    } catch (error) {
      this.#host.log('a crash could not be answered', { vmId: this.config.vmId, error: String(error) })
    }
  }

  /** Its QEMU may hold the disks: whatever needs to know where it stands waits until that is known. */
  #refuseUnattached(): void {
    if (!this.#takeover.isDone) throw qemuSilent(this.config.name, SILENT_AFTER_MS)
  }

  #refusal(action: string, allowed: string) {
    return refuse('vm_state', { name: this.config.name, state: this.#run.status.now.state, action, allowed })
  }
}

const NEVER = new AbortController().signal
const now = (): string => new Date().toISOString()
