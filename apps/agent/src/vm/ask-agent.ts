import { GuestAgent } from '@viv/qmp'
import { SOCKETS } from '../qemu/argv.ts'
import type { Machine } from './machine.ts'

/** An agent that is there answers in a millisecond; one that is not never does. */
export const AGENT_SYNC_TIMEOUT_MS = 2_000

/** Asks the guest through its agent to power down or to reboot; whether the agent took it. */
export async function askAgent(machine: Machine, mode: 'powerdown' | 'reboot', timeoutMs: number): Promise<boolean> {
  try {
    const path = machine.folder.at(SOCKETS.guestAgent)
    const agent = await GuestAgent.connect(path, { timeoutMs, syncTimeoutMs: timeoutMs })
    try {
      await agent.send('guest-shutdown', { mode })
    } finally {
      agent.close()
    }
    return true
  } catch {
    // No agent, or one that refuses: what becomes of the guest is the answer that counts.
    return false
  }
}
