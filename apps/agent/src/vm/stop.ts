import { refuse } from '@viv/common'
import { GuestAgent, QmpDisconnectedError } from '@viv/qmp'
import { SOCKETS } from '../qemu/argv.ts'
import type { Machine } from './machine.ts'

/** An agent that is there answers in a millisecond; one that is not never does. */
const AGENT_SYNC_TIMEOUT_MS = 2_000

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
      hasAgent = await unlessAborted(askAgent(machine, syncMs), signal)
      if (hasAgent && (await endsWithin(machine, leftMs() * AGENT_SHARE, signal))) return 'guest-agent'
    }
    await machine.pressPowerButton().catch(ignoreEnd)
    if (await endsWithin(machine, Math.min(ASK_AGAIN_MS, leftMs()), signal)) return 'acpi'
  }
  const asked = hasAgent ? 'its guest agent, then the ACPI power button' : 'the ACPI power button'
  throw refuse('guest_did_not_stop', { name, seconds: Math.round(timeoutMs / 1000), asked })
}

/** The guest may be off before we ask again. */
const ignoreEnd = (error: unknown): void => {
  if (!(error instanceof QmpDisconnectedError)) throw error
}

async function endsWithin(machine: Machine, milliseconds: number, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), Math.max(0, milliseconds))
  try {
    return await unlessAborted(Promise.race([machine.ended.then(() => true), promise]), signal)
  } finally {
    clearTimeout(timer)
  }
}

/** Who waits no longer is let go at once, whatever the guest does. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason as Error)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

async function askAgent(machine: Machine, timeoutMs: number): Promise<boolean> {
  try {
    const path = machine.folder.at(SOCKETS.guestAgent)
    const agent = await GuestAgent.connect(path, {
      timeoutMs,
      syncTimeoutMs: timeoutMs,
    })
    try {
      await agent.send('guest-shutdown', { mode: 'powerdown' })
    } finally {
      agent.close()
    }
    return true
  } catch {
    // No agent, or one that refuses: the power button is the other way, and its answer is the one that counts.
    return false
  }
}
