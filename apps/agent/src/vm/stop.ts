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
    const by = (await askAgent(machine)) ? 'guest-agent' : 'acpi'
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
  const { promise, resolve, reject } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), Math.max(0, milliseconds))
  const abort = () => reject(signal.reason as Error)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([machine.ended.then(() => true), promise])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}

const ASKED = { 'guest-agent': 'its guest agent', acpi: 'the ACPI power button' } as const

async function askAgent(machine: Machine): Promise<boolean> {
  try {
    const path = machine.folder.at(SOCKETS.guestAgent)
    const agent = await GuestAgent.connect(path, {
      timeoutMs: AGENT_SYNC_TIMEOUT_MS,
      syncTimeoutMs: AGENT_SYNC_TIMEOUT_MS,
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
