import { randomBytes } from 'node:crypto'
import type { VmCreate } from '@viv/api'
import { type PortForward, type Refusal, refusal } from '@viv/common'
import { visible } from '../auth/caller.ts'
import { pinHardware } from '../domain/hardware.ts'
import type { HostDoc } from '../domain/host.ts'
import type { ImageDoc } from '../domain/image.ts'
import { type DocumentKey, type VmDoc, withoutUndefined } from '../domain/vm.ts'
import type { Documents } from '../store/documents.ts'
import type { Expectation, Write } from '../store/store.ts'
import type { Beginning } from '../workflows/engine.ts'
import type { VmCreateInput } from '../workflows/vm-create.ts'
import { newId } from './ids.ts'
import type { ChangeRequest } from './requests.ts'
import type { ServiceParts } from './parts.ts'

const MIB = 1024 * 1024
const UID_COUNT = 65_536

interface Plan {
  /** Every reason why it can't be done, not just the first. */
  readonly blockers: readonly Refusal[]
  readonly beginning: () => Beginning
}

interface Found<T> {
  readonly id: string
  readonly revision: number
  readonly value: T
}

/** Looks at everything that a new VM needs; the one function that refuses, whether planned or done. */
export function planVmCreate(parts: ServiceParts, request: ChangeRequest, body: VmCreate): Plan {
  const { documents } = parts
  const blockers: Refusal[] = []
  const host = findHost(documents, body.hostId, blockers)
  const image = findImage(documents, request, body.imageId, 'disk', blockers)
  const kernel = findImage(documents, request, body.kernel?.kernelImageId, 'kernel', blockers)
  const initrd = findImage(documents, request, body.kernel?.initrdImageId, 'initrd', blockers)
  if (body.imageId === undefined && body.kernel === undefined) blockers.push(refusal('nothing_to_boot', {}))
  if (body.imageId === undefined && body.diskMib !== undefined) blockers.push(diskWithoutImage())
  checkName(documents, body.name, blockers)
  checkPorts(documents, host?.id, body.forwards ?? [], blockers)
  if (host !== undefined) checkAccelerator(host.value, body, blockers)
  if (image !== undefined) checkDiskSize(image.value, body, blockers)
  return {
    blockers,
    beginning: () => {
      if (host === undefined) throw new Error('a plan with blockers has no beginning')
      return beginningOf(parts, request, body, { host, image, kernel, initrd })
    },
  }
}

interface Needs {
  readonly host: Found<HostDoc>
  readonly image: Found<ImageDoc> | undefined
  readonly kernel: Found<ImageDoc> | undefined
  readonly initrd: Found<ImageDoc> | undefined
}

function beginningOf(
  { documents, requests }: ServiceParts,
  request: ChangeRequest,
  body: VmCreate,
  needs: Needs,
): Beginning {
  const { host, image, kernel, initrd } = needs
  const vmId = newId()
  const taskId = newId()
  const disks = diskInputs(body, image?.value)
  const mac = makeMac(documents)
  const uidIndex = freeUidIndex(documents)
  const keys = reservedKeys(body, host.id, mac, uidIndex)
  const vm: VmDoc = withoutUndefined({
    name: body.name,
    notes: body.notes ?? '',
    hostId: host.id,
    lifecycle: 'creating' as const,
    uidIndex,
    imageId: image?.id,
    isLinked: image === undefined ? undefined : body.imageUse !== 'copy',
    hardware: pinHardware({
      body,
      facts: host.value.facts,
      diskVolumeIds: disks.map((disk) => disk.volumeId),
      mac,
      ...(kernel === undefined ? {} : { kernelVolumeId: kernel.value.volumeId }),
      ...(initrd === undefined ? {} : { initrdVolumeId: initrd.value.volumeId }),
    }),
    keys,
    createdAt: new Date().toISOString(),
  })
  const buildImageId = image?.value.state === 'available' ? image.id : undefined
  const input: VmCreateInput = withoutUndefined({ vmId, buildImageId, disks, start: body.start ?? false })
  const remembered = requests.remember(request, taskId)
  const uses = [image, kernel, initrd].filter((used) => used !== undefined)
  return {
    taskId,
    workflow: 'vm-create',
    action: 'vmCreate',
    target: { kind: 'VM', id: vmId, name: body.name },
    hostId: host.id,
    caller: request.caller.userName,
    input,
    claims: [`vm.${vmId}`],
    expect: [
      documents.vms.expectAbsent(vmId),
      ...remembered.expect,
      ...keys.map(absent),
      ...imageExpectations(documents, uses),
    ],
    writes: [
      ...remembered.writes,
      documents.vms.write(vmId, vm),
      ...keys.map(({ kind, id }): Write => ({ kind, id, value: { version: 1, owner: vmId } })),
      ...imageTouches(documents, uses),
    ],
  }
}

/** Dropped in silence it would be a disk that somebody waits for. */
const diskWithoutImage = (): Refusal =>
  refusal('invalid_field', {
    where: 'Field',
    field: 'diskMib',
    problem: 'is the size of the disk made from an image: give imageId too, or ask for an empty disk in "disks"',
  })

/** An image that is used is written again unchanged, so that a deletion decided on older facts conflicts. */
function imageTouches(documents: Documents, uses: readonly Found<ImageDoc>[]): Write[] {
  return [...new Map(uses.map((use) => [use.id, use])).values()].map(({ id, value }) =>
    documents.images.write(id, value),
  )
}

function imageExpectations(documents: Documents, uses: readonly Found<ImageDoc>[]): Expectation[] {
  return uses.map(({ id, revision }) => documents.images.expectRevision(id, revision))
}

const absent = ({ kind, id }: DocumentKey): Expectation => ({ kind, id, revision: 'absent' })

function reservedKeys(body: VmCreate, hostId: string, mac: string, uidIndex: number): DocumentKey[] {
  return [
    { kind: 'vm-name', id: body.name.toLowerCase() },
    { kind: 'vm-uid', id: String(uidIndex) },
    { kind: 'mac', id: mac },
    ...(body.forwards ?? []).map((forward) => ({ kind: 'port', id: portKey(hostId, forward) })),
  ]
}

const portKey = (hostId: string, { protocol, hostPort }: PortForward): string => `${hostId}.${protocol}.${hostPort}`

function diskInputs(body: VmCreate, image: ImageDoc | undefined) {
  const first =
    image === undefined
      ? []
      : [
          {
            sizeMib: body.diskMib,
            image: {
              volumeId: image.volumeId,
              name: image.name,
              format: image.format,
              use: body.imageUse ?? 'overlay',
            } as const,
          },
        ]
  const all = [...first, ...(body.disks ?? []).map(({ sizeMib }) => ({ sizeMib }))]
  return all.map((disk) => withoutUndefined({ volumeId: newId(), ...disk }))
}

function findHost(documents: Documents, hostId: string | undefined, blockers: Refusal[]): Found<HostDoc> | undefined {
  const host = hostId === undefined ? documents.hosts.list()[0] : documents.hosts.find(hostId)
  if (host !== undefined) return host
  blockers.push(hostId === undefined ? refusal('no_host', {}) : refusal('not_found', { kind: 'host', id: hostId }))
  return undefined
}

function findImage(
  documents: Documents,
  { caller }: ChangeRequest,
  id: string | undefined,
  kind: ImageDoc['kind'],
  blockers: Refusal[],
): Found<ImageDoc> | undefined {
  if (id === undefined) return undefined
  const image = documents.images.find(id)
  if (image === undefined || !visible(caller, { kind: 'image', id })) {
    blockers.push(refusal('not_found', { kind: 'image', id }))
    return undefined
  }
  const { name, state, kind: actual } = image.value
  if (actual !== kind) blockers.push(refusal('image_kind', { name, actual, wanted: kind }))
  if (state !== 'ready' && state !== 'available') blockers.push(refusal('image_not_ready', { name, state }))
  return image
}

function checkName(documents: Documents, name: string, blockers: Refusal[]): void {
  if (documents.vmNames.find(name.toLowerCase()) !== undefined)
    blockers.push(refusal('name_taken', { kind: 'VM', name }))
}

function checkPorts(
  documents: Documents,
  hostId: string | undefined,
  forwards: readonly PortForward[],
  blockers: Refusal[],
): void {
  const seen = new Set<string>()
  for (const forward of forwards) {
    const key = portKey(hostId ?? '', forward)
    const { hostPort: port, protocol } = forward
    const owner = documents.ports.find(key)?.value.owner
    if (seen.has(key)) {
      blockers.push(
        refusal('invalid_field', {
          where: 'Field',
          field: 'forwards',
          problem: `names port ${port}/${protocol} twice`,
        }),
      )
    } else if (owner !== undefined) {
      blockers.push(refusal('port_taken', { port, protocol, name: documents.vms.find(owner)?.value.name ?? owner }))
    }
    seen.add(key)
  }
}

function checkAccelerator(host: HostDoc, { accelerator }: VmCreate, blockers: Refusal[]): void {
  const { isUsable, problem } = host.facts.kvm
  if (accelerator === 'kvm' && !isUsable) blockers.push(refusal('kvm_unavailable', { host: host.name, problem }))
}

function checkDiskSize(image: ImageDoc, { diskMib }: VmCreate, blockers: Refusal[]): void {
  if (diskMib === undefined || image.virtualSizeBytes === undefined) return
  const imageMib = Math.ceil(image.virtualSizeBytes / MIB)
  if (diskMib < imageMib) blockers.push(refusal('disk_too_small', { wantedMib: diskMib, name: image.name, imageMib }))
}

/** QEMU's own prefix; the rest is random, and taken means drawn again. */
function makeMac(documents: Documents): string {
  for (;;) {
    const [a = 0, b = 0, c = 0] = randomBytes(3)
    const mac = ['52', '54', '00', ...[a, b, c].map((byte) => byte.toString(16).padStart(2, '0'))].join(':')
    if (documents.macs.find(mac) === undefined) return mac
  }
}

/** The lowest index that no VM has. */
function freeUidIndex(documents: Documents): number {
  for (let index = 0; index < UID_COUNT; index++) {
    if (documents.vmUids.find(String(index)) === undefined) return index
  }
  throw new Error('every uid of the range belongs to a VM')
}
