import { refuse } from '@viv/common'
import { GuestAgent, QmpDisconnectedError } from '@viv/qmp'
import { SOCKETS } from '../qemu/argv.ts'
import type { Machine } from './machine.ts'

/** An agent that is there answers in a millisecond; one that is not never does. */
const AGENT_SYNC_TIMEOUT_MS = 2_000

/** A guest that is just booting hears neither agent nor button: it is asked again this often. */
const ASK_AGAIN_MS = 5_000

/**
 * Asks the guest to shut down and waits for it: through its agent where one answers, else by the power button.
 * When the time is over the guest runs on, and that is the answer.
 */
export async function askToStop(
  machine: Machine,
  name: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<'guest-agent' | 'acpi'> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    signal.throwIfAborted()
    const syncMs = Math.min(AGENT_SYNC_TIMEOUT_MS, Math.max(1, (deadline - Date.now()) / 2))
    const by = (await unlessAborted(askAgent(machine, syncMs), signal)) ? 'guest-agent' : 'acpi'
    if (by === 'acpi') await machine.pressPowerButton().catch(ignoreEnd)
    // An agent that has taken the request is not asked twice; a button may have been pressed too early.
    const patienceMs = by === 'acpi' ? ASK_AGAIN_MS : timeoutMs
    if (await endsWithin(machine, Math.min(patienceMs, deadline - Date.now()), signal)) return by
    if (Date.now() >= deadline) {
      throw refuse('guest_did_not_stop', { name, seconds: Math.round(timeoutMs / 1000), asked: ASKED[by] })
    }
  }
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

const ASKED = { 'guest-agent': 'its guest agent', acpi: 'the ACPI power button' } as const

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
