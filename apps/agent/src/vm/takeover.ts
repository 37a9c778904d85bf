/** One that is there and could not be talked to is looked at again after this, one that went meanwhile sooner. */
const ASK_AGAIN_MS = 5_000
const LOOK_AGAIN_MS = 100

/**
 * Finds out what became of a VM while no agent looked, and tries again until that is known: a QEMU that does not
 * answer must not keep the agent from all others. One try at a time.
 */
export class Takeover {
  readonly #look: () => Promise<void>
  readonly #onFailed: (error: unknown) => Promise<{ isThere: boolean }>
  #trying: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #isDone = false
  #isStopped = false

  constructor(look: () => Promise<void>, onFailed: (error: unknown) => Promise<{ isThere: boolean }>) {
    this.#look = look
    this.#onFailed = onFailed
  }

  /** Until then nothing but a forced stop is done to the VM: its QEMU may hold the disks. */
  get isDone(): boolean {
    return this.#isDone
  }

  /** Resolves when there is an answer, be it that there is none. */
  try(): Promise<void> {
    clearTimeout(this.#timer)
    this.#trying ??= this.#try().finally(() => {
      this.#trying = undefined
    })
    return this.#trying
  }

  /** After its processes were ended: a try that was under way meanwhile may have failed for that. */
  async finish(): Promise<void> {
    await this.try()
    if (!this.#isDone) await this.try()
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  async #try(): Promise<void> {
    try {
      await this.#look()
      this.#isDone = true
    } catch (error) {
      const { isThere } = await this.#onFailed(error)
      const waitMs = isThere ? ASK_AGAIN_MS : LOOK_AGAIN_MS
      if (!this.#isStopped) this.#timer = setTimeout(() => void this.try(), waitMs)
    }
  }
}
