import { watch } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Machine } from './machine.ts'

/** A TPM ends with its QEMU, and a moment before the launcher says so: only one that a machine outlives is told. */
const OWN_END_MS = 3_000

/** Tells when the machine's TPM has ended and the machine has not: from then on its guest has none. */
export function watchTpm({ folder, launched, ended }: Machine, onGone: () => void): void {
  if (!launched.argv.includes('-tpmdev')) return
  let hasSeen = false
  const look = async (): Promise<void> => {
    if (hasSeen || !(await folder.hasTpmEnded())) return
    hasSeen = true
    const isOver = await Promise.race([ended.then(() => true), delay(OWN_END_MS, false, { ref: false })])
    if (!isOver) onGone()
  }
  const watcher = watch(folder.path, { persistent: false }, (_event, name) => {
    // What cannot be read is looked at again with the next agent.
    if (name === 'tpm-exit') look().catch(() => undefined)
  })
  // The folder may vanish under us; the machine is followed by others.
  watcher.on('error', () => undefined)
  void ended.then(() => watcher.close())
  look().catch(() => undefined)
}
