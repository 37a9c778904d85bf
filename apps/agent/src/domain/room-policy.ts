/**
 * When a machine that stands still for want of room goes on: pure policy, no clock and no disk.
 *
 * Flapping is kept away twice. The room must be enough to be worth it, so that each further stop needs as much to have
 * been freed. And where room that is reported does not help (a thin volume below), each useless try doubles the wait.
 */
const MIB = 1024 ** 2

/** One look is one system call, and there is none while no machine waits for room. */
export const LOOK_FOR_ROOM_MS = 2_000
/** A machine that stood still again within this had not been helped. */
export const RELAPSE_MS = 10_000
export const LONGEST_WAIT_MS = 60_000
/** A hundredth of the datastore, so that small ones are usable and large ones do not go on for a few writes. */
const SHARE = 0.01
const LEAST_BYTES = 16 * MIB
const MOST_BYTES = 1024 * MIB

export function hasRoom({ totalBytes, freeBytes }: { totalBytes: number; freeBytes: number }): boolean {
  return freeBytes >= Math.min(Math.max(totalBytes * SHARE, LEAST_BYTES), MOST_BYTES)
}

/** How long to wait before each look: `ranForMs` is how long the machine ran after it was last let go on. */
export function waitMs(beforeMs: number, ranForMs: number): number {
  return ranForMs < RELAPSE_MS ? Math.min(beforeMs * 2, LONGEST_WAIT_MS) : LOOK_FOR_ROOM_MS
}
