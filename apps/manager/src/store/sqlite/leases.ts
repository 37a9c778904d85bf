import { LEASE_KIND } from '../store.ts'
import type { Engine, Outcome } from './engine.ts'

interface Held {
  readonly revision: number
  readonly ttlMs: number
  readonly expiresAtMs: number
}

/**
 * The key of a lease is a document; when it ends is known here alone and costs no write to put off. That is enough:
 * the database has one owner, so leases of an earlier one are dead when it is opened.
 */
export class Leases {
  readonly #engine: Engine
  readonly #nowMs: () => number
  #held: ReadonlyMap<string, Held> = new Map()

  constructor(engine: Engine, nowMs: () => number) {
    this.#engine = engine
    this.#nowMs = nowMs
  }

  get nextExpiryMs(): number | undefined {
    let next: number | undefined
    for (const { expiresAtMs } of this.#held.values()) if (next === undefined || expiresAtMs < next) next = expiresAtMs
    return next
  }

  /** Inside the engine's group; `restore` with what `snapshot` gave where the group failed. */
  take(key: string, ttlMs: number, holder: string): Outcome {
    const outcome = this.#engine.apply({
      expect: [{ kind: LEASE_KIND, id: key, revision: 'absent' }],
      writes: [{ kind: LEASE_KIND, id: key, text: holder }],
    })
    if ('revision' in outcome) this.#put(key, { revision: outcome.revision, ttlMs, expiresAtMs: this.#nowMs() + ttlMs })
    return outcome
  }

  /** Also where its time is over, as long as nobody has seen it end. */
  renew(key: string, revision: number): boolean {
    const held = this.#held.get(key)
    if (held?.revision !== revision) return false
    this.#put(key, { ...held, expiresAtMs: this.#nowMs() + held.ttlMs })
    return true
  }

  /** Inside the engine's group. */
  release(key: string, revision: number): void {
    if (this.#held.get(key)?.revision === revision) this.#end(key)
  }

  /** Inside the engine's group. */
  endExpired(): void {
    const nowMs = this.#nowMs()
    for (const [key, { expiresAtMs }] of this.#held) if (expiresAtMs <= nowMs) this.#end(key)
  }

  /** Inside the engine's group, when the database was just opened. */
  endAllOfEarlierOwners(): void {
    for (const { id } of [...this.#engine.list(LEASE_KIND)]) this.#end(id)
  }

  snapshot(): ReadonlyMap<string, Held> {
    return this.#held
  }

  restore(snapshot: ReadonlyMap<string, Held>): void {
    this.#held = snapshot
  }

  #put(key: string, held: Held): void {
    this.#held = new Map(this.#held).set(key, held)
  }

  #end(key: string): void {
    this.#engine.apply({ expect: [], writes: [{ kind: LEASE_KIND, id: key, text: null }] })
    const held = new Map(this.#held)
    held.delete(key)
    this.#held = held
  }
}
