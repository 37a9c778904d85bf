import type { Task, VmClone, VmUpdate } from '@viv/api'
import { type Effect, effect, type Fix, type Refusal, refusal, type VmHardware, warning } from '@viv/common'
import { HostUnreachableError } from '../agents/errors.ts'
import type { ImageDoc } from '../domain/image.ts'
import { chooseMachine } from '../domain/machine.ts'
import { type DocumentKey, type VmDoc, withoutUndefined } from '../domain/vm.ts'
import { type Documents, keyWrites } from '../store/documents.ts'
import type { VmCloneInput } from '../workflows/vm-clone.ts'
import { asked, begunTask, hostWarnings } from './beginnings.ts'
import { hardwareRefusal } from './agent-checks.ts'
import { newId } from './ids.ts'
import { lookUp } from './lookup.ts'
import { machineRefusals } from './machine-checks.ts'
import type { ServiceParts } from './parts.ts'
import { type Planned, present, type Repeated } from './planned.ts'
import type { ChangeRequest } from './requests.ts'
import { checkPorts, type Found, portKey } from './vm-create-checks.ts'
import { absent, freeUidIndex, imageExpectations, imageTouches, makeMac } from './vm-create-plan.ts'
import { nameRefusal } from './vm-edits.ts'
import { busyRefusal, stateRefusal } from './vm-facts.ts'

const MIB = 1024 * 1024
const mib = (bytes: number): number => Math.ceil(bytes / MIB)

/** A new VM like a stopped one; its disks stand alone. */
export async function planVmClone(
  parts: ServiceParts,
  request: ChangeRequest,
  sourceId: string,
  body: VmClone,
): Promise<Planned<Task> | Repeated<Task>> {
  const repeated = parts.requests.repeated(request)
  if (repeated !== undefined) return { repeated }
  const source = { ...lookUp(request.caller, 'vm', parts.documents.vms, sourceId), id: sourceId }
  const refused = busyRefusal(parts, sourceId, source.value) ?? stateRefusal(parts, sourceId, source.value, 'clone')
  // A host that holds it up need not be asked.
  const room = refused === undefined ? await roomFor(parts, source.value) : undefined
  const host = parts.documents.hosts.find(source.value.hostId)?.value
  const hardware = hardwareOf(parts.documents, source.value, body)
  const instead = (change: VmUpdate): Fix => cloneFix(sourceId, { ...body, ...change })
  const blockers: Refusal[] = present(
    refused,
    nameRefusal(parts.documents, undefined, body.name),
    elsewhere(parts.documents, source, body),
    room !== undefined && room.neededMib > room.freeMib
      ? refusal('no_room_to_copy', { name: source.value.name, ...room })
      : undefined,
    hardwareRefusal(parts, source.value.hostId, hardware, source.value.hardware),
    ...machineRefusals({ before: source.value.hardware, choices: choicesIn(body), after: hardware, host, instead }),
  )
  checkPorts(parts.documents, source.value.hostId, body.forwards ?? [], blockers)
  return {
    effects: cloneEffects(parts.documents, source.value, body, room),
    warnings: [
      ...hostWarnings(parts, source.value.hostId),
      ...portWarnings(source.value, body),
      ...(hardware.tpm === true && source.value.hardware.tpm === true
        ? [warning('tpm_cloned', { name: source.value.name })]
        : []),
    ],
    blockers,
    apply: () => begin(parts, request, source, body),
  }
}

/** What the copies take at most and what there is; undefined where the host does not say: it looks before it copies. */
async function roomFor({ agents }: ServiceParts, { hostId, hardware: { disks } }: VmDoc) {
  try {
    const rooms = await Promise.all(disks.map(({ volumeId }) => agents.volumeRoom(hostId, volumeId)))
    if (rooms.length === 0) return undefined
    return {
      neededMib: mib(rooms.reduce((sum, { neededBytes }) => sum + neededBytes, 0)),
      freeMib: mib(Math.min(...rooms.map(({ freeBytes }) => freeBytes))),
    }
  } catch (error) {
    if (error instanceof HostUnreachableError) return undefined
    throw error
  }
}

function elsewhere(documents: Documents, { id, value }: Found<VmDoc>, body: VmClone): Refusal | undefined {
  if (body.hostId === undefined || body.hostId === value.hostId) return undefined
  const nameOf = (hostId: string): string => documents.hosts.find(hostId)?.value.name ?? hostId
  const fix = cloneFix(id, { ...body, hostId: value.hostId })
  const facts = { name: value.name, there: nameOf(value.hostId), host: nameOf(body.hostId) }
  return refusal('clone_elsewhere', facts, fix)
}

const cloneFix = (id: string, body: VmClone): Fix => ({
  action: 'vmClone',
  method: 'POST',
  path: `/v1/vms/${id}/actions/clone`,
  body,
})

function cloneEffects(
  documents: Documents,
  source: VmDoc,
  body: VmClone,
  room: { readonly neededMib: number; readonly freeMib: number } | undefined,
): Effect[] {
  const { name, forwards = [] } = body
  const { cpus, memoryMib, disks } = hardwareOf(documents, source, body)
  const host = documents.hosts.find(source.hostId)?.value.name ?? source.hostId
  return [
    effect('vm_cloned', { name, source: source.name, host, cpus, memoryMib }),
    ...(disks.length === 0 ? [] : [effect('disks_cloned', { count: disks.length, source: source.name })]),
    ...(room === undefined ? [] : [effect('room_taken', room)]),
    ...forwards.map((forward) => effect('port_forwarded', forward)),
    ...(body.start === true ? [effect('vm_started', { name })] : []),
  ]
}

const hardwareOf = (documents: Documents, { hardware, hostId }: VmDoc, body: VmClone): VmHardware =>
  chooseMachine(hardware, choicesIn(body), documents.hosts.find(hostId)?.value.facts)

/** The rest of what is asked for is the machine. */
function choicesIn({ name: _1, notes: _2, tags: _3, hostId: _4, forwards: _5, start: _6, ...choices }: VmClone) {
  return choices
}

/** On one host a port leads to one VM. */
function portWarnings({ name, hardware }: VmDoc, { forwards = [] }: VmClone) {
  const own = hardware.nics.flatMap((nic) => nic.forwards)
  const open = forwards.filter(({ bind }) => bind === 'any')
  return [
    ...own.map(({ hostPort: port, protocol }) => warning('forward_not_copied', { port, protocol, name })),
    ...open.map(({ hostPort }) => warning('forward_open', { port: hostPort })),
  ]
}

async function begin(
  { documents, engine, requests }: ServiceParts,
  request: ChangeRequest,
  source: Found<VmDoc>,
  body: VmClone,
): Promise<Task> {
  const [vmId, taskId] = [newId(), newId()]
  const { name } = body
  const { hostId } = source.value
  const disks = source.value.hardware.disks.map((disk) => ({ volumeId: newId(), sourceVolumeId: disk.volumeId }))
  const vm = cloneOf(documents, source.value, body, disks)
  const kernels = kernelsOf(documents, vm.hardware)
  const input: VmCloneInput = { vmId, sourceId: source.id, disks, start: body.start ?? false }
  const remembered = requests.remember(request, taskId)
  await engine.begin({
    taskId,
    workflow: 'vm-clone',
    ...asked(request),
    target: { kind: 'VM', id: vmId, name },
    hostId,
    input,
    claims: [`vm.${vmId}`, `vm.${source.id}`],
    expect: [
      documents.vms.expectAbsent(vmId),
      documents.vms.expectRevision(source.id, source.revision),
      ...remembered.expect,
      ...vm.keys.map(absent),
      ...imageExpectations(documents, kernels),
    ],
    writes: [
      ...remembered.writes,
      documents.vms.write(vmId, vm),
      ...keyWrites(documents, vm.keys, vmId),
      ...imageTouches(documents, kernels),
    ],
  })
  return begunTask(engine, taskId)
}

function cloneOf(documents: Documents, source: VmDoc, body: VmClone, disks: VmCloneInput['disks']): VmDoc {
  const { forwards = [] } = body
  const hardware = hardwareOf(documents, source, body)
  const uidIndex = freeUidIndex(documents)
  const nics = hardware.nics.map((nic, index) => ({
    ...nic,
    mac: makeMac(documents),
    forwards: index === 0 ? forwards : [],
  }))
  const keys: DocumentKey[] = [
    { kind: 'vm-name', id: body.name.toLowerCase() },
    { kind: 'vm-uid', id: String(uidIndex) },
    ...nics.map(({ mac }) => ({ kind: 'mac', id: mac })),
    ...forwards.map((forward) => ({ kind: 'port', id: portKey(source.hostId, forward) })),
  ]
  return withoutUndefined({
    name: body.name,
    notes: body.notes ?? source.notes,
    tags: body.tags ?? source.tags,
    hostId: source.hostId,
    lifecycle: 'creating' as const,
    uidIndex,
    imageId: source.imageId,
    isLinked: false,
    hardware: {
      ...hardware,
      disks: hardware.disks.map((disk, index) => ({ ...disk, volumeId: disks[index]?.volumeId ?? disk.volumeId })),
      nics,
    },
    crashPolicy: source.crashPolicy,
    keys,
    createdAt: new Date().toISOString(),
  })
}

/** Kernel, initrd and the disc in the CD drive are shared, so they must not be deleted just now. */
function kernelsOf(documents: Documents, { kernel, cd }: VmHardware): Found<ImageDoc>[] {
  const volumeIds = [kernel?.kernelVolumeId, kernel?.initrdVolumeId, cd?.disc?.volumeId]
  return documents.images.list().filter(({ value }) => volumeIds.includes(value.volumeId))
}
