import { type Static, Type } from 'typebox'

/**
 * What becomes of a VM that crashed. Its guest panicked: it stands, for whoever wants to look at it (keep); it is reset
 * (restart); its process ends (stop). Its QEMU died: it is left so (keep), or started again (restart).
 */
export const VmCrashPolicy = Type.Object(
  {
    guest: Type.Enum(['keep', 'restart', 'stop'], { description: 'when its guest panics' }),
    qemu: Type.Enum(['keep', 'restart'], { description: 'when its QEMU process dies' }),
  },
  { additionalProperties: false },
)
export type VmCrashPolicy = Static<typeof VmCrashPolicy>

/** Nothing is done to a machine that nobody said anything about. */
export const KEEP_CRASHED: VmCrashPolicy = Object.freeze({ guest: 'keep', qemu: 'keep' })

/** One that crashes over and over is left alone: a restart does not help it, and hides what does. */
export const CRASH_RESTARTS = { most: 3, withinMinutes: 10 } as const

export const isSamePolicy = (one: VmCrashPolicy = KEEP_CRASHED, other: VmCrashPolicy = KEEP_CRASHED): boolean =>
  one.guest === other.guest && one.qemu === other.qemu
