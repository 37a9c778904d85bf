import {
  CARRIED,
  PACKAGE_FORMAT,
  PACKAGE_VERSION,
  type PackedDisk,
  type PackedHardware,
  partsOf,
  type Task,
  type VmPackage,
} from '@viv/api'
import { type Effect, effect, refusal, type VmHardware, type Warning, warning, withDisc } from '@viv/common'
import { HostUnreachableError } from '../agents/errors.ts'
import type { VolumeRoom } from '../agents/host-agents.ts'
import { type VmDoc, withoutUndefined } from '../domain/vm.ts'
import type { VmPackInput } from '../workflows/vm-pack.ts'
import { featureRefusal } from './agent-checks.ts'
import { asked, begunTask, hostWarnings } from './beginnings.ts'
import { newId } from './ids.ts'
import { lookUp } from './lookup.ts'
import type { ServiceParts } from './parts.ts'
import { type Planned, present, type Repeated } from './planned.ts'
import type { ChangeRequest } from './requests.ts'
import type { Found } from './vm-create-checks.ts'
import { busyRefusal, stateRefusal } from './vm-facts.ts'

const MIB = 1024 * 1024

/** A VM's disks with what its host says of each; nothing where the host is silent. */
interface Sources {
  readonly disks: readonly { readonly slot: number; readonly volumeId: string; readonly room?: VolumeRoom }[]
}

/** Makes a stopped VM ready to be read as a package. */
export async function planVmPack(
  parts: ServiceParts,
  request: ChangeRequest,
  vmId: string,
): Promise<Planned<Task> | Repeated<Task>> {
  const repeated = parts.requests.repeated(request)
  if (repeated !== undefined) return { repeated }
  const found = { ...lookUp(request.caller, 'vm', parts.documents.vms, vmId), id: vmId }
  const { value: vm } = found
  const refused =
    busyRefusal(parts, vmId, vm) ??
    stateRefusal(parts, vmId, vm, 'pack') ??
    // An agent of the version before hands nothing out.
    featureRefusal(parts, vm.hostId, 'pack') ??
    (vm.hardware.kernel === undefined ? undefined : refusal('pack_kernel', { name: vm.name }))
  // A host that holds it up need not be asked.
  const sources = refused === undefined ? await sourcesOf(parts, vm) : { disks: [] }
  const room = roomTaken(sources)
  return {
    effects: packEffects(vm, sources, room),
    warnings: [...hostWarnings(parts, vm.hostId), ...packWarnings(vm)],
    blockers: present(
      refused,
      room !== undefined && room.neededMib > room.freeMib
        ? refusal('no_room_to_copy', { name: vm.name, ...room })
        : undefined,
    ),
    apply: () => begin(parts, request, found, sources),
  }
}

async function sourcesOf({ agents }: ServiceParts, { hostId, hardware }: VmDoc): Promise<Sources> {
  const disks = hardware.disks.map(({ slot, volumeId }) => ({ slot, volumeId }))
  try {
    const rooms = await Promise.all(disks.map(({ volumeId }) => agents.volumeRoom(hostId, volumeId)))
    return { disks: disks.map((disk, index) => withoutUndefined({ ...disk, room: rooms[index] })) }
  } catch (error) {
    if (error instanceof HostUnreachableError) return { disks }
    throw error
  }
}

/** A copy is whole whatever the disk is: where it is not known whether it needs another, one is made. */
const flattened = ({ disks }: Sources) => disks.filter(({ room }) => room?.standsAlone !== true)

function roomTaken(sources: Sources): { readonly neededMib: number; readonly freeMib: number } | undefined {
  const rooms = flattened(sources).flatMap(({ room }) => room ?? [])
  if (rooms.length === 0) return undefined
  return {
    neededMib: Math.ceil(rooms.reduce((sum, { neededBytes }) => sum + neededBytes, 0) / MIB),
    freeMib: Math.floor(Math.min(...rooms.map(({ freeBytes }) => freeBytes)) / MIB),
  }
}

function packEffects(
  { name, hardware }: VmDoc,
  sources: Sources,
  room: { readonly neededMib: number; readonly freeMib: number } | undefined,
): Effect[] {
  const count = flattened(sources).length
  return [
    effect('vm_packed', { name, count: partsOf(hardware).length }),
    ...(count === 0 ? [] : [effect('disks_flattened', { count })]),
    ...(room === undefined ? [] : [effect('room_taken', room)]),
  ]
}

function packWarnings({ name, hardware }: VmDoc): Warning[] {
  const forwards = hardware.nics.flatMap((nic) => nic.forwards)
  return [
    ...(hardware.tpm === true ? [warning('package_tpm', { name })] : []),
    ...(hardware.cd?.disc === undefined ? [] : [warning('package_disc', { name })]),
    ...forwards.map(({ hostPort: port, protocol }) => warning('package_forward', { port, protocol, name })),
  ]
}

async function begin(
  { documents, engine, requests }: ServiceParts,
  request: ChangeRequest,
  { id: vmId, value: vm, revision }: Found<VmDoc>,
  sources: Sources,
): Promise<Task> {
  const taskId = newId()
  const copied = flattened(sources)
  const disks = sources.disks.map((disk) => {
    const { slot, volumeId } = disk
    return { slot, volumeId, ...(copied.includes(disk) ? { copyId: newId() } : {}) }
  })
  const input: VmPackInput = { vmId, disks }
  const { expect, writes } = requests.remember(request, taskId)
  await engine.begin({
    taskId,
    workflow: 'vm-pack',
    ...asked(request),
    target: { kind: 'VM', id: vmId, name: vm.name },
    hostId: vm.hostId,
    input,
    claims: [`vm.${vmId}`],
    expect: [...expect, documents.vms.expectRevision(vmId, revision)],
    writes,
  })
  return begunTask(engine, taskId)
}

/** What the VM is, and nothing of where it is. */
export function packageOf({ name, notes, tags = [], guestSystem, hardware }: VmDoc): VmPackage {
  return withoutUndefined({
    format: PACKAGE_FORMAT,
    version: PACKAGE_VERSION,
    name,
    notes,
    tags: [...tags],
    guestSystem,
    hardware: packedHardware(hardware),
  }) as VmPackage
}

function packedHardware(hardware: VmHardware): PackedHardware {
  const carried = withoutUndefined(Object.fromEntries(CARRIED.map((field) => [field, hardware[field]])))
  return {
    ...carried,
    disks: hardware.disks.map(({ volumeId: _ours, ...place }) => place as PackedDisk),
    nics: hardware.nics.map(({ slot, model, mac, pciSlot }) => ({ slot, model, mac, pciSlot })),
    ...(hardware.cd === undefined ? {} : { cd: withDisc(hardware.cd, undefined) }),
  } as PackedHardware
}
