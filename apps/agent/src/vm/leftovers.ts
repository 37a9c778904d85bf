import { setTimeout as delay } from 'node:timers/promises'
import { killProcess, listProcesses, type Process } from '../qemu/processes.ts'
import type { RunFolder } from '../qemu/run-folder.ts'

/** A launcher needs a millisecond to become a QEMU or to see that it is not wanted. */
const LAUNCHER_TIMEOUT_MS = 10_000
const LOOK_AGAIN_MS = 10

interface Found {
  readonly qemu: Process | undefined
  readonly launcher: Process | undefined
}

/** What runs for a VM now, by its uid and its folder: nobody else has either. (What a process says its words are, it can change.) */
export async function findVmProcesses(uid: number, folder: RunFolder): Promise<Found> {
  const processes = await listProcesses()
  return {
    // The helper that carries its memory has its uid too, and is our own child, which no QEMU is.
    qemu: processes.find((found) => found.uid === uid && found.parentPid !== process.pid),
    launcher: processes.find(({ uid: owner, argv }) => owner === 0 && argv[0] === '/bin/sh' && argv[2] === folder.path),
  }
}

/**
 * Waits until no launcher is on its way: from then on either QEMU runs or it never will. The intent must have
 * been revoked before.
 */
export async function settleLauncher(vmId: string, uid: number, folder: RunFolder): Promise<Process | undefined> {
  for (const deadline = Date.now() + LAUNCHER_TIMEOUT_MS; ; ) {
    const { qemu, launcher } = await findVmProcesses(uid, folder)
    if (launcher === undefined) return qemu
    // Not by what is written in the run folder: that may be gone.
    if (qemu?.parentPid === launcher.pid) return qemu
    if (Date.now() > deadline)
      throw new Error(`the launcher of VM ${vmId} (process ${launcher.pid}) neither starts nor ends`)
    await delay(LOOK_AGAIN_MS)
  }
}

/** Leaves no process of the VM. */
export async function endLeftovers(vmId: string, uid: number, folder: RunFolder): Promise<void> {
  await folder.revokeIntent()
  for (const deadline = Date.now() + LAUNCHER_TIMEOUT_MS; ; ) {
    const { qemu, launcher } = await findVmProcesses(uid, folder)
    if (qemu === undefined && launcher === undefined) return
    if (qemu !== undefined) await killProcess(qemu)
    if (Date.now() > deadline) throw new Error(`a process of VM ${vmId} does not end: ${qemu?.pid ?? launcher?.pid}`)
    await delay(LOOK_AGAIN_MS)
  }
}
