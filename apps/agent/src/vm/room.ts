import { hasRoom, LOOK_FOR_ROOM_MS, waitMs } from '../domain/room-policy.ts'

export interface RoomParts {
  facts(): Promise<{ totalBytes: number; freeBytes: number }>
  resume(): Promise<void>
  problem(error: unknown): void
}

/** Lets a machine that stands still for want of room go on when there is some. Looks only while one waits. */
export class RoomWait {
  readonly #parts: RoomParts
  #timer: NodeJS.Timeout | undefined
  #waitMs = LOOK_FOR_ROOM_MS
  #resumedAt = Number.NEGATIVE_INFINITY
  #isWaiting = false

  constructor(parts: RoomParts) {
    this.#parts = parts
  }

  begin(): void {
    if (this.#isWaiting) return
    this.#isWaiting = true
    this.#waitMs = waitMs(this.#waitMs, performance.now() - this.#resumedAt)
    this.#lookLater()
  }

  end(): void {
    this.#isWaiting = false
    clearTimeout(this.#timer)
  }

  #lookLater(): void {
    this.#timer = setTimeout(() => void this.#look(), this.#waitMs)
  }

  async #look(): Promise<void> {
    try {
      const facts = await this.#parts.facts()
      if (!this.#isWaiting) return
      if (!hasRoom(facts)) return this.#lookLater()
      // Over before the machine runs: it may stand still again before we hear that it ran.
      this.#isWaiting = false
      this.#resumedAt = performance.now()
      await this.#parts.resume()
    } catch (error) {
      this.#parts.problem(error)
      this.begin()
    }
  }
}
