import { refuse } from '@viv/common'
import { AGENT_SYNC_TIMEOUT_MS, askAgent } from './ask-agent.ts'
import type { Machine } from './machine.ts'
import { unlessAborted, within } from './within.ts'

/** A guest that is just booting has no agent yet; one that has none at all should be told of soon. */
const WAIT_FOR_AGENT_MS = 10_000
const ASK_AGAIN_MS = 500

/**
 * Asks the guest to reboot and waits for the reset. Only its agent can ask: the power button shuts down.
 * When the time is over the guest runs on, and that is the answer.
 */
export async function askToReboot(
  machine: Machine,
  name: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + timeoutMs
  // Listened for before it is asked for: a guest may be quick.
  const reset = machine.nextGuestReset()
  await ask(machine, name, Math.min(WAIT_FOR_AGENT_MS, timeoutMs), signal)
  const outcome = Promise.race([reset, machine.ended])
  if (!(await within(outcome, deadline - Date.now(), signal))) {
    throw refuse('guest_did_not_reboot', { name, seconds: Math.round(timeoutMs / 1000) })
  }
  if ((await outcome) !== 'reset') throw isOff(name)
}

async function ask(machine: Machine, name: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const syncMs = Math.max(1, Math.min(AGENT_SYNC_TIMEOUT_MS, deadline - Date.now()))
    if (await unlessAborted(askAgent(machine, 'reboot', syncMs), signal)) return
    const leftMs = deadline - Date.now()
    if (leftMs <= 0) throw refuse('reboot_needs_agent', { name, seconds: Math.round(timeoutMs / 1000) })
    if (await within(machine.ended, Math.min(ASK_AGAIN_MS, leftMs), signal)) throw isOff(name)
  }
}

const isOff = (name: string) => refuse('vm_state', { name, state: 'stopped', action: 'reboot', allowed: 'start' })
