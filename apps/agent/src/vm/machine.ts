import { setTimeout as delay } from 'node:timers/promises'
import type { SilenceReason } from '@viv/common'
import { type QmpEvent, QmpSession, QmpTimeoutError } from '@viv/qmp'
import type { VmExit } from '../domain/contract.ts'
import { SOCKETS } from '../qemu/argv.ts'
import { connectQmp, EXIT_CODE_TIMEOUT_MS, exitsWithin, pidWithin } from '../qemu/launch.ts'
import { findProcess, isThere, killProcess, type Process } from '../qemu/processes.ts'
import type { Launched, RunFolder } from '../qemu/run-folder.ts'
import { type Activity, askActivity } from './activity.ts'
import { silenceReason } from './silence.ts'
import { Watchdog } from './watchdog.ts'

export interface MachineListener {
  /** Also what a machine is doing that had been silent. */
  onActivity(activity: Activity): void
  onSilent(reason: SilenceReason): void
  onReset(): void
  onEnded(exit: VmExit): void
}

/** QEMU writes its disks out when it quits; one that takes longer is not going to. */
const QUIT_TIMEOUT_MS = 3_000
/** The launcher writes it right after the fork; a host has to be very busy to be late by more than QEMU's own start. */
const PID_TIMEOUT_MS = 10_000
/** How often a process is looked for where its folder cannot be watched. */
const LOOK_AGAIN_MS = 500
/** A QEMU that was just found alive answers its monitor in milliseconds; under load in seconds. */
const REOPEN_TIMEOUT_MS = 10_000
/** A silent machine's answer is waited for; it is asked again after this, in case the question was lost. */
const ANSWER_TIMEOUT_MS = 3_600_000

/** After one of these a machine may be doing something else. */
const CHANGES: Readonly<Record<string, true>> = {
  STOP: true,
  RESUME: true,
  GUEST_PANICKED: true,
  SHUTDOWN: true,
  // A guest that falls asleep by itself is not stopped by QEMU, and one that wakes is not resumed.
  SUSPEND: true,
  WAKEUP: true,
}

/**
 * A QEMU that runs, whoever started it: its process, its monitor, and what it says of itself.
 *
 *   open ──▶ (events) ──▶ monitor closes ──▶ process gone ▶ ended, with its code
 *                 ▲                             │ still there
 *                 └────────── open again ◀──────┘
 *
 * Whoever does not answer, or cannot be reached, is told silent (watchdog.ts), and is left alone.
 */
export class Machine {
  readonly launched: Launched
  readonly folder: RunFolder
  readonly process: Process
  readonly ended: Promise<VmExit>
  readonly #listener: MachineListener
  readonly #watchdog: Watchdog<Activity>
  #session: QmpSession
  #isConnected = true

  private constructor(
    folder: RunFolder,
    launched: Launched,
    process: Process,
    session: QmpSession,
    listener: MachineListener,
  ) {
    this.folder = folder
    this.launched = launched
    this.process = process
    this.#session = session
    this.#listener = listener
    this.#watchdog = new Watchdog({
      ask: () => askActivity(this.#session, { timeoutMs: ANSWER_TIMEOUT_MS }),
      onSilent: () => void this.#tellSilence(),
      onHeard: (activity) => listener.onActivity(activity),
    })
    this.#listen(session)
    this.ended = this.#follow()
  }

  /**
   * Talks to a QEMU that runs or is just starting, and makes sure that it is the one that was meant. One that was
   * found has a pid; of one that was started the launcher writes it down.
   */
  static async open(
    folder: RunFolder,
    { timeoutMs, signal, foundPid }: { timeoutMs: number; signal: AbortSignal; foundPid?: number },
    listener: MachineListener,
  ): Promise<Machine> {
    const session = await connectQmp(folder, timeoutMs, signal)
    try {
      const [launched, pid, { UUID: uuid }] = await Promise.all([
        folder.launched(),
        foundPid ?? pidWithin(folder, PID_TIMEOUT_MS),
        session.execute('query-uuid'),
      ])
      if (launched === undefined || pid === undefined) throw new Error(`${folder.path} does not say what it runs`)
      const process = await findProcess(pid)
      if (process?.uid !== launched.uid || uuid !== launched.vmId) {
        throw new Error(
          `process ${pid} (uid ${process?.uid}, ${uuid}) is not VM ${launched.vmId} of uid ${launched.uid}`,
        )
      }
      return new Machine(folder, launched, process, session, listener)
    } catch (error) {
      session.close()
      throw error
    }
  }

  /** More than one word with its monitor. */
  through<T>(talk: (session: QmpSession) => Promise<T>): Promise<T> {
    return talk(this.#session)
  }

  activity(): Promise<Activity> {
    return askActivity(this.#session)
  }

  async resume(): Promise<void> {
    await this.#session.execute('cont')
  }

  async pause(): Promise<void> {
    await this.#session.execute('stop')
  }

  /** A guest that sleeps goes on only where it is woken. */
  async wakeUp(): Promise<void> {
    await this.#session.execute('system_wakeup')
  }

  /** The guest resets itself; not our button. */
  nextGuestReset(): Promise<'reset'> {
    return new Promise((resolve) => this.#onGuestReset.push(() => resolve('reset')))
  }

  /** The guest falls asleep. */
  nextSleep(): { readonly asleep: Promise<'asleep'>; stop(): void } {
    const { promise: asleep, resolve } = Promise.withResolvers<'asleep'>()
    const stop = this.#session.events.on('SUSPEND', () => resolve('asleep'))
    return { asleep, stop }
  }

  async reset(): Promise<void> {
    await this.#session.execute('system_reset')
    // A guest that panicked, or had powered off, stands still: the button alone does not make it run.
    await this.resume()
  }

  async pressPowerButton(): Promise<void> {
    await this.#session.execute('system_powerdown')
  }

  /** Ends the process: by the monitor, so that disks are written out, else by SIGKILL. The first cause counts. */
  end(cause: VmExit['cause']): Promise<VmExit> {
    this.#ending ??= this.#end(cause)
    return this.#ending
  }

  /** Lets go without touching the machine. */
  detach(): void {
    this.#isDetached = true
    this.#watchdog.stop()
    this.#session.close()
  }

  readonly #onGuestReset: (() => void)[] = []
  #isDetached = false
  #cause: VmExit['cause'] | undefined
  #ending: Promise<VmExit> | undefined

  async #end(cause: VmExit['cause']): Promise<VmExit> {
    // A full /run, or one without our folder, must not keep a machine alive: then only this agent knows the cause.
    this.#cause = await this.folder.ending().catch(() => undefined)
    if (this.#cause === undefined) await this.folder.markEnding(cause).catch(() => undefined)
    this.#cause ??= cause
    const isQuitting = !this.#watchdog.isSilent && (await this.#quit())
    const isEnded = isQuitting && (await Promise.race([this.ended.then(() => true), delay(QUIT_TIMEOUT_MS, false)]))
    if (!isEnded) await killProcess(this.process)
    return this.ended
  }

  /** Whether it may be quitting; not if its monitor does not answer. */
  async #quit(): Promise<boolean> {
    try {
      await this.#session.execute('quit', {}, { timeoutMs: QUIT_TIMEOUT_MS })
      return true
    } catch (error) {
      return !(error instanceof QmpTimeoutError)
    }
  }

  async #tellSilence(): Promise<void> {
    const reason = this.#isConnected ? 'no_answer' : await silenceReason(this.folder)
    if (this.#watchdog.isSilent) this.#listener.onSilent(reason)
  }

  #listen(session: QmpSession): void {
    session.events.onAny((event: QmpEvent) => this.#hear(event))
  }

  /** Events are hints: a machine that stands still may have panicked, be off or be paused, and only it knows. */
  #hear(event: QmpEvent): void {
    if (event.name === 'RESET') {
      if (event.data.guest) for (const tell of this.#onGuestReset.splice(0)) tell()
      return this.#listener.onReset()
    }
    // Not the guest's own: our quit, or a signal from outside. How the process ends tells which.
    if (event.name === 'SHUTDOWN' && !event.data.guest) return
    if (!(event.name in CHANGES)) return
    this.activity().then(
      (activity) => this.#listener.onActivity(activity),
      // Its monitor closed meanwhile: whoever follows that tells the end.
      () => undefined,
    )
  }

  async #follow(): Promise<VmExit> {
    for (;;) {
      await this.#session.closed
      if (this.#isDetached) return new Promise(() => undefined)
      this.#isConnected = false
      this.#watchdog.expect()
      const exit = await this.#exit()
      if (exit !== undefined) {
        this.#watchdog.stop()
        // Telling beats writing: the next agent finds it out again.
        await this.folder.writeEnded(exit).catch(() => undefined)
        this.#listener.onEnded(exit)
        return exit
      }
      await this.#reopen()
    }
  }

  /** How it ended; undefined while the process is still there. */
  async #exit(): Promise<VmExit | undefined> {
    // Where the folder cannot be watched, /proc still says whether the process is there.
    const hasCode = await exitsWithin(this.folder, EXIT_CODE_TIMEOUT_MS).catch(() => delay(LOOK_AGAIN_MS, false))
    if (!hasCode && (await isThere(this.process))) return undefined
    return exitOf(this.folder, this.#cause)
  }

  async #reopen(): Promise<void> {
    try {
      const path = this.folder.at(SOCKETS.qmp)
      this.#session = await QmpSession.connect(path, {
        timeoutMs: REOPEN_TIMEOUT_MS,
        greetingTimeoutMs: REOPEN_TIMEOUT_MS,
      })
      this.#isConnected = true
      this.#listen(this.#session)
      const activity = await this.activity()
      this.#watchdog.heard()
      this.#listener.onActivity(activity)
    } catch (error) {
      // Closed again, or its monitor is somebody else's: the next turn asks whether the process is there.
      if (error instanceof QmpTimeoutError) this.#session.close()
    }
  }
}

/** How the process of a run folder ended, from what the launcher and the last agent wrote there. */
async function exitOf(folder: RunFolder, cause?: VmExit['cause']): Promise<VmExit> {
  const [code, written, output] = await Promise.all([folder.exitCode(), folder.ending(), folder.output()])
  const ending = cause ?? written
  const at = new Date().toISOString()
  if (code === undefined) return { cause: ending ?? 'lost', at }
  if (ending !== undefined) return { cause: ending, code, at }
  return { cause: 'died', code, at, ...(output === '' ? {} : { output }) }
}

/** The same, of a process that ended while no agent looked. */
export async function exitFound(folder: RunFolder): Promise<VmExit> {
  const exit = (await folder.ended()) ?? (await exitOf(folder))
  // A full /run: found out again the next time.
  await folder.writeEnded(exit).catch(() => undefined)
  return exit
}
