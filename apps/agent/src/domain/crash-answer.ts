import { CRASH_RESTARTS, KEEP_CRASHED, type VmCrashPolicy } from '@viv/common'
import type { VmExit } from './contract.ts'

export type CrashAnswer = 'keep' | 'reset' | 'boot' | 'end' | 'given_up'

/**
 * What is done about a crash: pure policy, no clock and no process. `restarts`: when it was restarted for a crash before.
 */
export function crashAnswer(
  cause: VmExit['cause'],
  policy: VmCrashPolicy = KEEP_CRASHED,
  restarts: readonly number[] = [],
  nowMs = 0,
): CrashAnswer {
  const wanted = cause === 'panicked' ? policy.guest : cause === 'died' ? policy.qemu : 'keep'
  if (wanted === 'keep') return 'keep'
  if (wanted === 'stop') return 'end'
  if (recentRestarts(restarts, nowMs).length >= CRASH_RESTARTS.most) return 'given_up'
  return cause === 'panicked' ? 'reset' : 'boot'
}

export const recentRestarts = (restarts: readonly number[], nowMs: number): number[] =>
  restarts.filter((at) => nowMs - at < CRASH_RESTARTS.withinMinutes * 60_000)
