import type { Datastore, Host } from '@viv/api'
import type { CpuOffers, HostParts, KindFormat, Versions } from '@viv/common'

export interface HostFacts {
  readonly hostname: string
  readonly cpus: number
  readonly memoryMib: number
  readonly qemuVersion: string
  readonly machineType: string
  readonly kvm: { readonly isUsable: boolean; readonly problem: string }
  readonly cpuModels?: CpuOffers
  readonly parts?: HostParts
  /** How it writes its own documents; an older agent knows one way, and says nothing. */
  readonly formats?: readonly KindFormat[]
  readonly datastore: { readonly id: string; readonly totalBytes: number; readonly freeBytes: number }
}

/** A host as its agent last introduced itself. */
export interface HostDoc {
  readonly name: string
  readonly agentVersion: string
  readonly facts: HostFacts
  readonly seenAt: string
}

/** Whether it writes otherwise than it is to, and could: an older agent is told once it has been upgraded. */
export const isBehind = ({ facts: { formats = [] } }: HostDoc, versions: Versions): boolean =>
  formats.some(({ kind, written, newest }) => {
    const wanted = versions[kind] ?? written
    return written < wanted && newest >= wanted
  })

export function hostView(id: string, host: HostDoc, isReachable: boolean): Host {
  return { id, name: host.name, isReachable, seenAt: host.seenAt, agentVersion: host.agentVersion, facts: host.facts }
}

/** Each host has one `dir` datastore in this version: a folder on its own file system. */
export function datastoreView(hostId: string, host: HostDoc): Datastore {
  const { id, totalBytes, freeBytes } = host.facts.datastore
  return { id, name: `${host.name}-local`, kind: 'dir', hostIds: [hostId], isShared: false, totalBytes, freeBytes }
}
