import { setTimeout as delay } from 'node:timers/promises'
import { killProcess, listProcesses, type Process } from '../qemu/processes.ts'
import type { RunFolder } from '../qemu/run-folder.ts'

/** A launcher needs a millisecond to become a QEMU or to see that it is not wanted. */
const LAUNCHER_TIMEOUT_MS = 10_000
const LOOK_AGAIN_MS = 10

interface Found {
  readonly qemu: Process | undefined
  /** The helper that is its TPM. */
  readonly tpm: Process | undefined
  readonly launcher: Process | undefined
}

/** What runs for a VM now, by its uid and its folder: nobody else has either. (What a process says its words are, it can change.) */
export async function findVmProcesses(uid: number, folder: RunFolder): Promise<Found> {
  const processes = await listProcesses()
  // The helper that carries its memory has its uid too, and is our own child, which no QEMU is.
  const own = processes.filter((found) => found.uid === uid && found.parentPid !== process.pid)
  return {
    qemu: own.find((found) => !isTpm(found)),
    tpm: own.find(isTpm),
    launcher: processes.find(({ uid: owner, argv }) => owner === 0 && isLauncher(argv, folder)),
  }
}

/** No QEMU can be that program: its sandbox lets it start none. The moment before, root's words are still its own. */
const isTpm = ({ program, argv }: Process): boolean =>
  program === 'swtpm' || (program === 'setpriv' && argv.includes('swtpm'))

/** Leaves no TPM of a VM that has no QEMU. */
export async function endTpm(uid: number): Promise<void> {
  for (const deadline = Date.now() + LAUNCHER_TIMEOUT_MS; ; ) {
    const left = (await listProcesses()).find((found) => found.uid === uid && isTpm(found))
    if (left === undefined) return
    await killProcess(left)
    if (Date.now() > deadline) throw new Error(`the TPM of uid ${uid} (process ${left.pid}) does not end`)
    await delay(LOOK_AGAIN_MS)
  }
}

/** Also one that systemd has not made a scope of yet: it is on its way. */
function isLauncher(argv: readonly string[], folder: RunFolder): boolean {
  const at = argv[0] === 'systemd-run' ? argv.indexOf('/bin/sh') : 0
  return argv[at] === '/bin/sh' && argv[at + 2] === folder.path
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
    const { qemu, launcher, tpm } = await findVmProcesses(uid, folder)
    if (qemu === undefined && launcher === undefined && tpm === undefined) return
    // The TPM ends by itself with its QEMU; only one that has none is left.
    const left = qemu ?? tpm
    if (left !== undefined) await killProcess(left)
    if (Date.now() > deadline) throw new Error(`a process of VM ${vmId} does not end: ${qemu?.pid ?? launcher?.pid}`)
    await delay(LOOK_AGAIN_MS)
  }
}
