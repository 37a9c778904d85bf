import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { foldersOf } from '@viv/common'
import type { Installation } from './installation.ts'

/** What a host has written down of a VM. */
export const descriptionOf = ({ root }: Pick<Installation, 'root'>, vmId: string): string =>
  join(foldersOf(root).agentData, 'vms', vmId, 'vm.json')

/** Another version of the agent, or a fault of the disk, writes it otherwise; answers what is there now. */
export async function changeDescription(
  viv: Pick<Installation, 'root'>,
  vmId: string,
  change: (text: string) => string,
): Promise<string> {
  const text = change(await readFile(descriptionOf(viv, vmId), 'utf8'))
  await writeFile(descriptionOf(viv, vmId), text)
  return text
}
