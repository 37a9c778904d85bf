import { setTimeout as delay } from 'node:timers/promises'
import type { QmpSession } from '@viv/qmp'
import { SOCKETS } from '../qemu/argv.ts'

/** Saving a small guest takes a tenth of a second. */
const LOOK_AGAIN_MS = 20
/** A guest that stands still has nothing to be spared from. */
const UNLIMITED_BYTES_A_SECOND = 2 ** 40
const URI = `unix:${SOCKETS.memory}`

/** Sends the memory of a machine that stands still to whoever listens on its socket. */
export async function sendMemory(session: QmpSession): Promise<void> {
  await session.execute('migrate-set-parameters', { 'max-bandwidth': UNLIMITED_BYTES_A_SECOND })
  await session.execute('migrate', { uri: URI })
}

/** Until all has been sent, and the disks are written out. */
export async function whenSent(session: QmpSession, signal: AbortSignal): Promise<void> {
  for (;;) {
    const { status, 'error-desc': problem } = await session.execute('query-migrate')
    if (status === 'completed') return
    if (status === 'failed' || status === 'cancelled') throw new Error(problem ?? `the transfer is ${status}`)
    await delay(LOOK_AGAIN_MS, undefined, { signal })
  }
}

/** Ends a transfer that may be under way; the machine can go on afterwards. */
export async function cancelSending(session: QmpSession): Promise<void> {
  await session.execute('migrate_cancel')
  for (;;) {
    const { status } = await session.execute('query-migrate')
    if (!UNDER_WAY.includes(status ?? 'none')) return
    await delay(LOOK_AGAIN_MS)
  }
}

const UNDER_WAY: readonly string[] = ['setup', 'active', 'device', 'cancelling', 'pre-switchover']

/** Listens for memory; only while the run folder's sockets may still be made. */
export async function awaitMemory(session: QmpSession): Promise<void> {
  await session.execute('migrate-incoming', { uri: URI })
}

/** Until what was sent is a machine that stands still, as it did when it was saved. QEMU ends where it cannot load it. */
export async function whenLoaded(session: QmpSession, signal: AbortSignal): Promise<void> {
  for (;;) {
    const [{ status }, { status: transfer }] = await Promise.all([
      session.execute('query-status'),
      session.execute('query-migrate'),
    ])
    if (transfer === 'failed') throw new Error('the transfer failed')
    if (transfer === 'completed' && status !== 'inmigrate') {
      if (status === 'paused') return
      throw new Error(`it is ${status} after its memory was loaded`)
    }
    await delay(LOOK_AGAIN_MS, undefined, { signal })
  }
}
