import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Ids of the VMs whose QEMU is alive. */
export async function runningVms(vmRun: string): Promise<string[]> {
  const vmIds = await readdir(vmRun).catch(() => [])
  const pids = await Promise.all(vmIds.map((vmId) => vmPid(vmRun, vmId)))
  return vmIds.filter((_, index) => pids[index] !== undefined)
}

/** The VM's QEMU: the process that its run folder names, if that is a QEMU that was given this id. */
export async function vmPid(vmRun: string, vmId: string): Promise<number | undefined> {
  const pid = (await readFile(join(vmRun, vmId, 'pid'), 'utf8').catch(() => '')).trim()
  if (!/^\d+$/.test(pid)) return undefined
  const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
  const isIts = /(^|\/)qemu-system-/.test(argv[0] ?? '') && argv[argv.indexOf('-uuid') + 1] === vmId
  return isIts ? Number(pid) : undefined
}
