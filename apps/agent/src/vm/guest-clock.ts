import { GuestAgent, QmpCommandError } from '@viv/qmp'
import { SOCKETS } from '../qemu/argv.ts'
import { AGENT_SYNC_TIMEOUT_MS } from './ask-agent.ts'
import type { Machine } from './machine.ts'
import { within } from './within.ts'

/** A guest that was just woken on a busy host may need some seconds until its agent runs again. */
const TRY_FOR_MS = 30_000
const ASK_AGAIN_MS = 500
const NS_PER_MS = 1_000_000

/**
 * The clock of a guest that stood still: it is behind by that time, and its agent, where there is one, sets it. Nobody waits
 * for that: a guest without an agent goes on at once as well.
 *
 *   goes on ─▶ agent answers ─▶ guest-set-time     no answer ─▶ asked again for half a minute
 *
 * A guest that stands still again meanwhile is asked anew when it goes on, and the last word is the newest.
 */
export class GuestClock {
  readonly #log: (message: string, facts: object) => void
  #asking = new AbortController()

  constructor(log: (message: string, facts: object) => void) {
    this.#log = log
  }

  /** It has gone on. */
  set(machine: Machine): void {
    this.stop()
    const asking = new AbortController()
    this.#asking = asking
    this.#set(machine, asking.signal).catch((error: unknown) => {
      // Refused by the guest, which is left alone then, or not wanted any more.
      if (!asking.signal.aborted) this.#log("a guest's clock could not be set", { error: String(error) })
    })
  }

  /** It stands still again, or is gone. */
  stop(): void {
    this.#asking.abort(new Error('the guest stands still'))
  }

  async #set(machine: Machine, signal: AbortSignal): Promise<void> {
    const deadline = Date.now() + TRY_FOR_MS
    while (!signal.aborted) {
      if (await tell(machine, signal)) return
      const leftMs = deadline - Date.now()
      // No agent: what a guest without one has for a clock is its own.
      if (leftMs <= 0 || (await within(machine.ended, Math.min(ASK_AGAIN_MS, leftMs), signal))) return
    }
  }
}

/** False where no agent answers. */
async function tell(machine: Machine, signal: AbortSignal): Promise<boolean> {
  const path = machine.folder.at(SOCKETS.guestAgent)
  const how = { timeoutMs: AGENT_SYNC_TIMEOUT_MS, syncTimeoutMs: AGENT_SYNC_TIMEOUT_MS }
  const agent = await GuestAgent.connect(path, how).catch(() => undefined)
  if (agent === undefined) return false
  const close = () => agent.close()
  signal.addEventListener('abort', close, { once: true })
  try {
    // What stands still again must not find an old time when it goes on.
    if (!signal.aborted) await agent.execute('guest-set-time', { time: Date.now() * NS_PER_MS })
    return true
  } catch (error) {
    if (error instanceof QmpCommandError) throw error
    return false
  } finally {
    signal.removeEventListener('abort', close)
    agent.close()
  }
}
