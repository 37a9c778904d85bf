import { type Static, Type } from 'typebox'

/**
 * What becomes of a VM that crashed. Its guest panicked: it stands, for whoever wants to look at it (keep); it is reset
 * (restart); its process ends (stop). Its watchdog was not fed, so its guest hangs: the same. Its QEMU died: it is left so
 * (keep), or started again (restart).
 */
export const VmCrashPolicy = Type.Object(
  {
    guest: Type.Enum(['keep', 'restart', 'stop'], { description: 'when its guest panics' }),
    qemu: Type.Enum(['keep', 'restart'], { description: 'when its QEMU process dies' }),
    watchdog: Type.Optional(
      Type.Enum(['keep', 'restart', 'stop'], { description: 'when its guest hangs, so that its watchdog bites' }),
    ),
  },
  { additionalProperties: false },
)
export type VmCrashPolicy = Static<typeof VmCrashPolicy>

/** Nothing is done to a machine that nobody said anything about; a watchdog was put in to reset it. */
export const USUAL_CRASH_POLICY = Object.freeze({ guest: 'keep', qemu: 'keep', watchdog: 'restart' } as const)

/** One that crashes over and over is left alone: a restart does not help it, and hides what does. */
export const CRASH_RESTARTS = { most: 3, withinMinutes: 10 } as const

/** With what is usual where nothing is said. */
export const wholePolicy = (policy: Partial<VmCrashPolicy> = {}): Required<VmCrashPolicy> => ({
  ...USUAL_CRASH_POLICY,
  ...policy,
})

export function isSamePolicy(one?: VmCrashPolicy, other?: VmCrashPolicy): boolean {
  const [all, others] = [wholePolicy(one), wholePolicy(other)]
  return all.guest === others.guest && all.qemu === others.qemu && all.watchdog === others.watchdog
}
