import type { PauseReason } from '@viv/common'
import type { QmpSession } from '@viv/qmp'

/** What a machine is doing, in our words. */
export type Activity =
  | { readonly state: 'running' }
  | { readonly state: 'panicked' }
  /** Its watchdog was not fed. */
  | { readonly state: 'hung' }
  | { readonly state: 'powered_off' }
  | { readonly state: 'paused'; readonly pauseReason: PauseReason }

/** Asks QEMU itself: events are hints, and some may have come while nobody listened. */
export async function askActivity(session: QmpSession, options: { timeoutMs?: number } = {}): Promise<Activity> {
  const { status } = await session.execute('query-status', {}, options)
  if (status === 'shutdown') return { state: 'powered_off' }
  if (status === 'guest-panicked') return { state: 'panicked' }
  if (status === 'watchdog') return { state: 'hung' }
  if (status === 'running') return { state: 'running' }
  if (status !== 'io-error') return { state: 'paused', pauseReason: PAUSES[status] ?? 'unknown' }
  const blocks = await session.execute('query-block', {}, options)
  const isFull = blocks.some((block) => block['io-status'] === 'nospace')
  return { state: 'paused', pauseReason: isFull ? 'disk_full' : 'io_error' }
}

const PAUSES: Readonly<Record<string, PauseReason>> = { suspended: 'guest_asleep', 'internal-error': 'internal_error' }
