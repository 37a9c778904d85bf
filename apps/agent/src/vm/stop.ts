import { refuse } from '@viv/common'
import { QmpDisconnectedError } from '@viv/qmp'
import { AGENT_SYNC_TIMEOUT_MS, askAgent } from './ask-agent.ts'
import type { Machine } from './machine.ts'
import { unlessAborted, within } from './within.ts'

/** A guest that is just booting hears neither agent nor button: it is asked again this often. */
const ASK_AGAIN_MS = 5_000
/** An agent that took the request may lie, or its guest's shutdown may hang: what is left is the button's. */
const AGENT_SHARE = 0.5

/**
 * Asks the guest to shut down and waits for it: through its agent where one answers, else by the power button.
 * When the time is over the guest runs on, and that is the answer.
 *
 *   agent took it ──▶ half of the time ──▶ button, again and again ──▶ the time is over
 *   no agent ──▶ button ──▶ a little ──▶ agent? …
 */
export async function askToStop(
  machine: Machine,
  name: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<'guest-agent' | 'acpi'> {
  const deadline = Date.now() + timeoutMs
  const leftMs = () => deadline - Date.now()
  let hasAgent = false
  while (leftMs() > 0) {
    signal.throwIfAborted()
    if (!hasAgent) {
      // An agent that has taken the request is not asked twice; a button may have been pressed too early.
      const syncMs = Math.min(AGENT_SYNC_TIMEOUT_MS, Math.max(1, leftMs() / 2))
      hasAgent = await unlessAborted(askAgent(machine, 'powerdown', syncMs), signal)
      if (hasAgent && (await within(machine.ended, leftMs() * AGENT_SHARE, signal))) return 'guest-agent'
    }
    await machine.pressPowerButton().catch(ignoreEnd)
    if (await within(machine.ended, Math.min(ASK_AGAIN_MS, leftMs()), signal)) return 'acpi'
  }
  const asked = hasAgent ? 'its guest agent, then the ACPI power button' : 'the ACPI power button'
  throw refuse('guest_did_not_stop', { name, seconds: Math.round(timeoutMs / 1000), asked })
}

/** The guest may be off before we ask again. */
const ignoreEnd = (error: unknown): void => {
  if (!(error instanceof QmpDisconnectedError)) throw error
}
