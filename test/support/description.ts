import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { foldersOf } from '@viv/common'
import type { Installation } from './installation.ts'

/** What a host has written down of a VM. */
export const descriptionOf = ({ root }: Pick<Installation, 'root'>, vmId: string): string =>
  join(foldersOf(root).agentData, 'vms', vmId, 'vm.json')

/** A fault of the disk, say, writes it otherwise. */
export async function changeDescription(
  viv: Pick<Installation, 'root'>,
  vmId: string,
  change: (text: string) => string,
): Promise<void> {
  await writeFile(descriptionOf(viv, vmId), change(await readFile(descriptionOf(viv, vmId), 'utf8')))
}
