import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Ids of the VMs whose QEMU is alive: the pid in their run folder is a QEMU that was given this id. */
export async function runningVms(vmRun: string): Promise<string[]> {
  const vmIds = await readdir(vmRun).catch(() => [])
  const alive = await Promise.all(vmIds.map((vmId) => isRunning(vmRun, vmId)))
  return vmIds.filter((_, index) => alive[index])
}

async function isRunning(vmRun: string, vmId: string): Promise<boolean> {
  const pid = (await readFile(join(vmRun, vmId, 'pid'), 'utf8').catch(() => '')).trim()
  if (!/^\d+$/.test(pid)) return false
  const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
  return /(^|\/)qemu-system-/.test(argv[0] ?? '') && argv[argv.indexOf('-uuid') + 1] === vmId
}
