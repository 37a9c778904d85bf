import { refuse } from '@viv/common'

/** Five slips of the hand are free; then each costs twice the wait of the one before. */
const FREE_FAILURES = 5
const FIRST_WAIT_MS = 2_000
const LONGEST_WAIT_MS = 5 * 60_000
/** More addresses than this are an attack: the oldest are forgotten, memory stays bounded. */
const MAX_ADDRESSES = 10_000

/** Slows down guessing of passwords, by the address it comes from. */
export class LoginLimit {
  readonly #failures = new Map<string, { count: number; until: number }>()

  check(from: string): void {
    const waitMs = (this.#failures.get(from)?.until ?? 0) - Date.now()
    if (waitMs > 0) throw refuse('too_many_logins', { seconds: Math.ceil(waitMs / 1000) })
  }

  failed(from: string): void {
    const count = (this.#failures.get(from)?.count ?? 0) + 1
    const extra = count - FREE_FAILURES
    const waitMs = extra <= 0 ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(extra - 1, 16))
    this.#failures.delete(from)
    this.#failures.set(from, { count, until: Date.now() + waitMs })
    const oldest = this.#failures.keys().next().value
    if (this.#failures.size > MAX_ADDRESSES && oldest !== undefined) this.#failures.delete(oldest)
  }

  succeeded(from: string): void {
    this.#failures.delete(from)
  }
}
