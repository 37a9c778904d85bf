import { closeSync, openSync } from 'node:fs'

/**
 * Where this process is to die, from the tests alone: `VIV_CRASH_AT` names the point, `VIV_CRASH_ONCE` a file that
 * is made with the first death, so that the restarted process lives.
 */
export function dieAt(point: string): void {
  const { VIV_CRASH_AT: wanted, VIV_CRASH_ONCE: marker } = process.env
  if (wanted !== point || marker === undefined) return
  try {
    closeSync(openSync(marker, 'wx'))
  } catch {
    return
  }
  process.kill(process.pid, 'SIGKILL')
  // The signal is ours to wait for: nothing after the point may happen.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}
