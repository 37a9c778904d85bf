import { GuestAgent } from '@viv/qmp'
import { SOCKETS } from '../../apps/agent/src/qemu/argv.ts'
import type { RunFolder } from '../../apps/agent/src/qemu/run-folder.ts'

const BOOT_TIMEOUT_MS = 60_000
/** An agent answers in a millisecond once it is there. */
const SYNC_TIMEOUT_MS = 50

/** Waits until the guest's agent answers. */
export async function agentAnswers(folder: RunFolder): Promise<void> {
  for (const deadline = performance.now() + BOOT_TIMEOUT_MS; performance.now() < deadline; ) {
    const how = { timeoutMs: SYNC_TIMEOUT_MS, syncTimeoutMs: SYNC_TIMEOUT_MS }
    const agent = await GuestAgent.connect(folder.at(SOCKETS.guestAgent), how).catch(() => undefined)
    if (agent !== undefined) return agent.close()
  }
  throw new Error('no guest agent answered')
}
