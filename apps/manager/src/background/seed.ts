import { FLEET_LIMITS, fleetHost, type FleetSize, fleetVm } from '@viv/common'
import { pinHardware } from '../domain/hardware.ts'
import type { VmDoc } from '../domain/vm.ts'
import { DOCUMENT_KINDS, type Documents } from '../store/documents.ts'
import { MAX_TRANSACTION_KEYS } from '../store/limits.ts'
import type { Store, Write } from '../store/store.ts'

/** The one document that marks a store as a simulated platform's. */
const MARK = 'fleet'
/** A VM, its name, its uid and its MAC. */
const KEYS_A_VM = 4
const VMS_A_TRANSACTION = Math.floor(MAX_TRANSACTION_KEYS / KEYS_A_VM)
/** The store commits together what comes together. */
const TRANSACTIONS_AT_A_TIME = 32
/** What VMs are made for on every simulated host. */
const FACTS = { machineType: 'pc-q35-7.2', kvm: { isUsable: false, problem: 'this host is simulated' } }

export interface SeedOptions {
  readonly store: Store
  readonly documents: Documents
  /** undefined: a real installation. */
  readonly size: FleetSize | undefined
  readonly onProgress: (vms: number, of: number) => void
}

/**
 * Fills an empty store with the VMs of a simulated platform, before anybody is served.
 *
 *   empty ──▶ marked "seeding" ──▶ VMs, 25 a transaction ──▶ marked "seeded"
 *                  └── a start that was broken off: all of them again, the same
 *   seeded, same size ──▶ taken as it is, with all that has become of it
 *   else ──▶ refused: a real store is never mixed with a simulated one
 */
export async function seedFleet({ store, documents, size, onProgress }: SeedOptions): Promise<void> {
  const mark = documents.simulations.find(MARK)?.value
  if (size === undefined) {
    if (mark !== undefined) throw new Error('this store is a simulated platform: start it with --simulate')
    return
  }
  if (mark === undefined) refuseFilled(documents)
  else if (mark.hosts !== size.hosts || mark.vms !== size.vms) {
    throw new Error(
      `this store is a simulated platform of ${mark.hosts} hosts and ${mark.vms} VMs, not of another size`,
    )
  }
  if (mark?.state === 'seeded') return
  const write = async (writes: readonly Write[]) => (await store.transaction({ writes })).revision
  await write([documents.simulations.write(MARK, { ...size, state: 'seeding' })])
  for (let from = 0; from < size.vms; from += VMS_A_TRANSACTION * TRANSACTIONS_AT_A_TIME) {
    await Promise.all(batches(documents, size, from).map(write))
    onProgress(Math.min(size.vms, from + VMS_A_TRANSACTION * TRANSACTIONS_AT_A_TIME), size.vms)
  }
  await documents.vms.cache.waitFor(await write([documents.simulations.write(MARK, { ...size, state: 'seeded' })]))
}

function refuseFilled(documents: Documents): void {
  const { cache } = documents.vms
  const filled = DOCUMENT_KINDS.filter((kind) => kind !== documents.written.kind).find(
    (kind) => cache.values(kind)[Symbol.iterator]().next().done !== true,
  )
  if (filled === undefined) return
  throw new Error(`the store is not empty (${filled}) and not of a simulated platform: name another folder with --root`)
}

function batches(documents: Documents, size: FleetSize, from: number): Write[][] {
  const all: Write[][] = []
  for (let begin = from; begin < size.vms && all.length < TRANSACTIONS_AT_A_TIME; begin += VMS_A_TRANSACTION) {
    const end = Math.min(size.vms, begin + VMS_A_TRANSACTION)
    all.push(Array.from({ length: end - begin }, (_, n) => vmWrites(documents, size, begin + n)).flat())
  }
  return all
}

/** What a creation through the API would have left. */
function vmWrites(documents: Documents, size: FleetSize, index: number): Write[] {
  const { vmId, name, hostIndex, uidIndex, mac, volumeId, cpus, memoryMib, createdAt } = fleetVm(size, index)
  const keys = [
    { kind: 'vm-name', id: name },
    { kind: 'vm-uid', id: String(uidIndex) },
    { kind: 'mac', id: mac },
  ]
  const vm: VmDoc = {
    name,
    notes: '',
    hostId: fleetHost(hostIndex).hostId,
    lifecycle: 'ready',
    uidIndex,
    hardware: pinHardware({ body: { name, cpus, memoryMib }, facts: FACTS, diskVolumeIds: [volumeId], mac }),
    keys,
    createdAt,
  }
  const owner = { owner: vmId }
  return [
    documents.vms.write(vmId, vm),
    documents.vmNames.write(name, owner),
    documents.vmUids.write(String(uidIndex), owner),
    documents.macs.write(mac, owner),
  ]
}

/** From the command line: `--simulate HOSTS --vms N`. */
export function fleetSize(hosts: string | undefined, vms: string | undefined): FleetSize | undefined {
  if (hosts === undefined) return undefined
  const size = { hosts: Number(hosts), vms: Number(vms ?? 0) }
  const isWhole = (value: number, least: number, most: number) =>
    Number.isInteger(value) && value >= least && value <= most
  if (!isWhole(size.hosts, 1, FLEET_LIMITS.hosts)) throw new Error(`--simulate wants 1 to ${FLEET_LIMITS.hosts} hosts`)
  if (!isWhole(size.vms, 0, FLEET_LIMITS.vms)) throw new Error(`--vms wants 0 to ${FLEET_LIMITS.vms}`)
  return size
}
