import { join } from 'node:path'
import type { CpuOffers, Folders } from '@viv/common'
import type { HostFacts, KvmVerdict } from '../domain/contract.ts'
import { Cgroups } from './cgroups.ts'
import { askCpuOffer, cpuOffers } from './cpu-models.ts'
import { machineFacts } from './facts.ts'
import { hostIdentity, readBootId } from './identity.ts'
import { hostParts } from './parts.ts'
import { kvmGroup, probeKvm } from './kvm-probe.ts'
import { kvmVerdict } from './kvm-verdict.ts'

interface HostConfig {
  readonly folders: Pick<Folders, 'agentData' | 'run'>
  readonly imagesGid: number
  /** Stands in for a VM's uid when KVM is tried: unprivileged as they are. */
  readonly toolUid: number
}

/** This host, as VMs are started on it and as the manager is told of it. */
export interface Host {
  readonly hostId: string
  readonly hostName: string
  readonly cgroups: Cgroups
  readonly qemuVersion: string
  readonly kvm: KvmVerdict
  readonly cpuModels: CpuOffers
  readonly kvmGid: number | undefined
  readonly facts: Omit<HostFacts, 'datastore'>
}

/** Name of the cgroup that holds the VMs' own, in every hierarchy: two installations never share one. */
export async function cgroupNameOf(agentData: string): Promise<string> {
  return `vivarium-${(await hostIdentity(agentData)).slice(0, 8)}.slice`
}

export async function openHost(config: HostConfig, log: (message: string, facts?: object) => void): Promise<Host> {
  const { agentData, run } = config.folders
  const hostId = await hostIdentity(agentData)
  const [cgroups, machine, kvmGid, bootId] = await Promise.all([
    cgroupNameOf(agentData).then((name) => Cgroups.open({ name })),
    machineFacts(),
    kvmGroup(),
    readBootId(),
  ])
  const { qemuVersion } = machine
  const gids = [config.imagesGid, ...(kvmGid === undefined ? [] : [kvmGid])]
  const probe = () => probeKvm({ uid: config.toolUid, gids, runFolder: join(run, 'kvm-probe') })
  const kvm = await kvmVerdict({ cacheFile: join(agentData, 'kvm-verdict.json'), bootId, qemuVersion, probe })
  const cpuModels = await cpuOffers({
    cacheFile: join(agentData, 'cpu-models.json'),
    bootId,
    qemuVersion,
    accelerators: kvm.isUsable ? ['kvm', 'tcg'] : ['tcg'],
    ask: (accelerator) => askCpuOffer(accelerator, { uid: config.toolUid, gids }),
  })
  const known = { ...machine, kvm, cgroup: cgroups.facts, parts: await hostParts() }
  log('the host is known', { hostId, ...known })
  const facts = { ...known, cpuModels }
  return { hostId, hostName: machine.hostname, cgroups, qemuVersion, kvm, cpuModels, kvmGid, facts }
}
