import { lstat } from 'node:fs/promises'
import type { SilenceReason } from '@viv/common'
import { SOCKETS } from '../qemu/argv.ts'
import type { RunFolder } from '../qemu/run-folder.ts'

/** Why a machine that is there cannot be talked to, as far as its run folder shows. */
export async function silenceReason(folder: RunFolder): Promise<SilenceReason> {
  const launched = await folder.launched().catch(() => undefined)
  if (launched === undefined) return 'run_folder_gone'
  const hasSocket = await lstat(folder.at(SOCKETS.qmp)).then(
    (found) => found.isSocket(),
    () => false,
  )
  return hasSocket ? 'no_answer' : 'monitor_gone'
}

/** What can be said of a machine that is there and could not be asked. */
export async function silentStatus(folder: RunFolder) {
  const launched = await folder.launched().catch(() => undefined)
  const known = launched === undefined ? {} : { appliedRevision: launched.revision, startedAt: launched.startedAt }
  return { ...known, state: 'unresponsive', silenceReason: await silenceReason(folder) } as const
}
