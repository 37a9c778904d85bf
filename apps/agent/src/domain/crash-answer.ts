import { CRASH_RESTARTS, type VmCrashPolicy, wholePolicy } from '@viv/common'
import type { VmExit } from './contract.ts'

export type CrashAnswer = 'keep' | 'reset' | 'boot' | 'end' | 'given_up'

/**
 * What is done about a crash: pure policy, no clock and no process. `restarts`: when it was restarted for a crash before.
 */
export function crashAnswer(
  cause: VmExit['cause'],
  policy?: VmCrashPolicy,
  restarts: readonly number[] = [],
  nowMs = 0,
): CrashAnswer {
  const wanted = wantedFor(cause, wholePolicy(policy))
  if (wanted === 'keep') return 'keep'
  if (wanted === 'stop') return 'end'
  if (recentRestarts(restarts, nowMs).length >= CRASH_RESTARTS.most) return 'given_up'
  return cause === 'died' ? 'boot' : 'reset'
}

function wantedFor(
  cause: VmExit['cause'],
  { guest, qemu, watchdog }: Required<VmCrashPolicy>,
): 'keep' | 'restart' | 'stop' {
  if (cause === 'panicked') return guest
  if (cause === 'hung') return watchdog
  return cause === 'died' ? qemu : 'keep'
}

export const recentRestarts = (restarts: readonly number[], nowMs: number): number[] =>
  restarts.filter((at) => nowMs - at < CRASH_RESTARTS.withinMinutes * 60_000)
