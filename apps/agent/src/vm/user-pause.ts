import type { RunFolder } from '../qemu/run-folder.ts'
import type { Activity } from './activity.ts'
import type { Machine } from './machine.ts'

/**
 * Whether a person paused the machine. QEMU says only that it stands still, or why it would anyway; so a mark in the
 * run folder tells the next agent. As long as it is there nothing but a person lets the machine go on.
 *
 *   mark ──▶ QMP stop ──▶ paused, by_user ──▶ QMP cont ──▶ mark off
 *
 * A mark beside a machine that runs is left of a pause or a resume that was cut short: it comes off.
 */
export class UserPause {
  readonly #folder: RunFolder
  #isMarked = false
  #isPausing = false

  constructor(folder: RunFolder) {
    this.#folder = folder
  }

  get isMarked(): boolean {
    return this.#isMarked
  }

  /** What an earlier agent left; a new machine has a new run folder. */
  async load(): Promise<void> {
    this.#isMarked = await this.#folder.isPaused()
  }

  /** Answers what the machine does then: one that stands still for good is not paused, nor is one that failed to. */
  async pause(machine: Pick<Machine, 'pause' | 'activity'>): Promise<Activity> {
    this.#isPausing = true
    try {
      this.#mark()
      await machine.pause()
      const activity = await machine.activity()
      if (activity.state !== 'paused') this.end()
      return activity
    } catch (error) {
      this.end()
      throw error
    } finally {
      this.#isPausing = false
    }
  }

  end(): void {
    this.#isMarked = false
    try {
      this.#folder.unmarkPaused()
    } catch {
      // Our memory of it counts for as long as we run, and the next agent sees that the machine runs.
    }
  }

  /** What the machine does, with a person's word above QEMU's. */
  see(activity: Activity): Activity {
    if (activity.state === 'running' && this.#isMarked && !this.#isPausing) this.end()
    return activity.state === 'paused' && this.#isMarked ? { state: 'paused', pauseReason: 'by_user' } : activity
  }

  #mark(): void {
    this.#isMarked = true
    try {
      this.#folder.markPaused()
    } catch {
      // A full /run, or one without our folder: then only this agent knows.
    }
  }
}

/** Whatever it stands still for, if it is worth trying: false where nothing but a reset helps. */
export async function letGoOn(machine: Machine): Promise<boolean> {
  const now = await machine.activity()
  if (
    now.state === 'panicked' ||
    now.state === 'hung' ||
    (now.state === 'paused' && now.pauseReason === 'internal_error')
  )
    return false
  const isAsleep = now.state === 'paused' && now.pauseReason === 'guest_asleep'
  await (isAsleep ? machine.wakeUp() : machine.resume())
  return true
}
