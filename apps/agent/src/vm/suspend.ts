import { refuse } from '@viv/common'
import { GuestAgent, QmpCommandError } from '@viv/qmp'
import { SOCKETS } from '../qemu/argv.ts'
import type { Activity } from './activity.ts'
import { AGENT_SYNC_TIMEOUT_MS } from './ask-agent.ts'
import type { Machine } from './machine.ts'
import { unlessAborted, within } from './within.ts'

/** A guest that is just booting has no agent yet; one that has none at all should be told of soon. */
const WAIT_FOR_AGENT_MS = 10_000
const ASK_AGAIN_MS = 500

/**
 * Asks the guest to sleep and waits until QEMU says that it does: an agent whose guest sleeps answers nothing. When
 * the time is over the guest runs on, and that is the answer.
 */
export async function askToSleep(
  machine: Machine,
  name: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Activity> {
  const deadline = Date.now() + timeoutMs
  // Listened for before it is asked for: a guest may be quick.
  const sleep = machine.nextSleep()
  const over = Promise.race([sleep.asleep, machine.ended])
  try {
    // An agent that died since may have asked, and nobody who sleeps answers.
    const isAwake = !isAsleep(await machine.activity())
    if (isAwake && (await ask(machine, name, Math.min(WAIT_FOR_AGENT_MS, timeoutMs), over, signal))) {
      await within(over, deadline - Date.now(), signal)
    }
  } finally {
    sleep.stop()
  }
  if (await within(machine.ended, 0, signal)) throw isOff(name)
  const activity = await machine.activity()
  if (activity.state === 'paused') return activity
  throw refuse('guest_did_not_sleep', { name, seconds: Math.round(timeoutMs / 1000) })
}

const isAsleep = (activity: Activity): boolean => activity.state === 'paused' && activity.pauseReason === 'guest_asleep'

/** Whether it was asked: not where it slept, or ended, before. */
async function ask(
  machine: Machine,
  name: string,
  timeoutMs: number,
  over: Promise<unknown>,
  signal: AbortSignal,
): Promise<boolean> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const syncMs = Math.max(1, Math.min(AGENT_SYNC_TIMEOUT_MS, deadline - Date.now()))
    const agent = await unlessAborted(connect(machine, syncMs), signal)
    if (agent !== undefined) {
      await send(agent, name)
      return true
    }
    const leftMs = deadline - Date.now()
    if (await within(over, Math.min(ASK_AGAIN_MS, leftMs), signal)) return false
    if (leftMs <= 0) throw refuse('suspend_needs_agent', { name, seconds: Math.round(timeoutMs / 1000) })
  }
}

function connect(machine: Machine, timeoutMs: number): Promise<GuestAgent | undefined> {
  const path = machine.folder.at(SOCKETS.guestAgent)
  return GuestAgent.connect(path, { timeoutMs, syncTimeoutMs: timeoutMs }).catch(() => undefined)
}

/** Of a guest that can't, its agent says so at once; one that says nothing may be on its way. */
async function send(agent: GuestAgent, name: string): Promise<void> {
  try {
    await agent.send('guest-suspend-ram')
  } catch (error) {
    const problem = error instanceof QmpCommandError ? error.message : 'it answers with nonsense'
    throw refuse('guest_cannot_sleep', { name, problem: problem.slice(0, PROBLEM_CHARACTERS) }, { cause: error })
  } finally {
    agent.close()
  }
}

/** Of a guest's own words as many are shown. */
const PROBLEM_CHARACTERS = 300

const isOff = (name: string) => refuse('vm_state', { name, state: 'stopped', action: 'suspend', allowed: 'start' })
