import { isHostEnding } from '../host/host-end.ts'
import type { Vm } from './vm.ts'
import type { VmHost } from './vm-host.ts'

type Log = VmHost['log']

/** As long as the agent's unit lets it take, but for what the agent needs for itself. */
const SHUTDOWN_MS = 120_000

/**
 * Before the machine goes down, and not where the agent alone does: whatever runs is asked to shut down, all at the same time. A guest that does not, or that
 * cannot be asked, is ended by systemd afterwards, as it ends everything.
 */
export async function endWithHost(all: () => readonly Vm[], log: Log): Promise<void> {
  if (!(await isHostEnding())) return
  const running = all().filter((vm) => vm.state === 'running')
  if (running.length > 0) log('the host goes down: its guests are shut down', { count: running.length })
  await Promise.all(running.map((vm) => end(vm, log)))
}

async function end(vm: Vm, log: Log): Promise<void> {
  const { vmId, name } = vm.config
  try {
    log('shut down with its host', { vmId, name, by: await vm.stop(SHUTDOWN_MS, new AbortController().signal) })
  } catch (error) {
    log('not shut down with its host', { vmId, name, error: String(error) })
  }
}
