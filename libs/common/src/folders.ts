/** Where an installation keeps what; `--root DIR` moves all of it, so that several stand side by side. */
export interface Folders {
  /** undefined for the machine's own installation. */
  readonly root: string | undefined
  readonly data: string
  readonly run: string
  readonly etc: string
  readonly releases: string
  readonly managerData: string
  readonly agentData: string
  readonly datastores: string
  readonly cache: string
  readonly vmRun: string
  readonly apiSocket: string
  readonly agentSocket: string
  /** Of a simulated platform: its state, a socket for each host, and where faults are asked for. */
  readonly simulatorData: string
  readonly agentSockets: string
  readonly simulatorSocket: string
  readonly settings: string
}

export function foldersOf(root?: string): Folders {
  const data = root === undefined ? '/var/lib/vivarium' : `${root}/lib`
  const run = root === undefined ? '/run/vivarium' : `${root}/run`
  const etc = root === undefined ? '/etc/vivarium' : `${root}/etc`
  return {
    root,
    data,
    run,
    etc,
    releases: `${data}/releases`,
    managerData: `${data}/manager`,
    agentData: `${data}/agent`,
    datastores: `${data}/datastores`,
    cache: `${data}/cache`,
    vmRun: `${run}/vms`,
    apiSocket: `${run}/manager/api.sock`,
    agentSocket: `${run}/agent.sock`,
    simulatorData: `${data}/simulator`,
    agentSockets: `${run}/agents`,
    simulatorSocket: `${run}/simulator.sock`,
    settings: `${etc}/vivarium.yaml`,
  }
}
