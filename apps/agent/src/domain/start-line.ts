import type { VmConfig, VmStatus } from './contract.ts'

/**
 * Which VMs start with the host, in which order, and how: pure policy, no clock and no process.
 */
export function startLine(configs: readonly VmConfig[]): VmConfig[] {
  return configs
    .filter(({ autostart }) => autostart !== undefined)
    .sort(
      (a, b) =>
        (a.autostart?.order ?? 0) - (b.autostart?.order ?? 0) ||
        compare(a.name.toLowerCase(), b.name.toLowerCase()) ||
        compare(a.vmId, b.vmId),
    )
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * What a VM's turn means for it. One that has a process, or had one since the host was started, has had its turn: an agent
 * that died between the start and the note of it finds it so. A hibernated one has no end, since it goes on from there.
 */
export function turnOf({ state, exit }: Pick<VmStatus, 'state' | 'exit'>): 'start' | 'wake' | 'none' {
  if (state === 'hibernated') return 'wake'
  return state === 'stopped' && exit === undefined ? 'start' : 'none'
}

/** How long until the next turn; never longer than was meant, whatever the clock has done meanwhile. */
export function waitMs(nextAt: string | undefined, now: number, mostMs: number): number {
  return nextAt === undefined ? 0 : Math.min(Math.max(0, Date.parse(nextAt) - now), mostMs)
}
