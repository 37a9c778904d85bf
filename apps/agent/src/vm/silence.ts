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
