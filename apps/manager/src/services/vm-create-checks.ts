import type { VmCreate } from '@viv/api'
import { type Fix, type PortForward, type Refusal, refusal } from '@viv/common'
import { type Caller, visible } from '../auth/caller.ts'
import { impliedBy, pinHardware, plainHardware } from '../domain/hardware.ts'
import type { HostDoc } from '../domain/host.ts'
import type { ImageDoc } from '../domain/image.ts'
import type { Documents } from '../store/documents.ts'
import { deviceRefusals } from './device-checks.ts'
import { machineRefusals } from './machine-checks.ts'
import { nameRefusal } from './vm-edits.ts'
import { purgeFix } from './vm-facts.ts'

const MIB = 1024 * 1024

export interface Found<T> {
  readonly id: string
  readonly revision: number
  readonly value: T
}

/** What a new VM is made of and on; undefined where it is not asked for, or is refused. */
export interface Needs {
  readonly host: Found<HostDoc> | undefined
  readonly image: Found<ImageDoc> | undefined
  readonly kernel: Found<ImageDoc> | undefined
  readonly initrd: Found<ImageDoc> | undefined
  readonly iso: Found<ImageDoc> | undefined
}

/** Every reason why the VM can't be made, not just the first. */
export function checkVmCreate(
  documents: Documents,
  caller: Caller,
  body: VmCreate,
): { readonly needs: Needs; readonly blockers: readonly Refusal[] } {
  const blockers: Refusal[] = []
  const image = findImage(documents, caller, body.imageId, 'disk', blockers, asCd(body))
  const kernel = findImage(documents, caller, body.kernel?.kernelImageId, 'kernel', blockers)
  const initrd = findImage(documents, caller, body.kernel?.initrdImageId, 'initrd', blockers)
  const iso = findImage(documents, caller, body.cd?.imageId, 'iso', blockers)
  const [first] = [image, kernel, iso].filter((found) => found !== undefined)
  const host = findHost(documents, body.hostId ?? first?.value.hostId, blockers)
  if (host !== undefined) checkPlaces(documents, host, [image, kernel, initrd, iso], body, blockers)
  const boots = [body.imageId, body.kernel, body.cd?.imageId]
  if (boots.every((one) => one === undefined)) blockers.push(refusal('nothing_to_boot', {}))
  if (body.imageId === undefined && body.diskMib !== undefined) blockers.push(diskWithoutImage())
  blockers.push(...nameRefusals(documents, body.name, (name) => instead(body, { name })))
  checkPorts(documents, host?.id, body.forwards ?? [], blockers)
  if (host !== undefined) checkAccelerator(host.value, body, blockers)
  if (image !== undefined) checkDiskSize(image.value, body, blockers)
  blockers.push(
    ...checkMachine(host?.value, body),
    ...deviceRefusals(impliedBy(body), (change) => instead(body, change)),
  )
  return { needs: { host, image, kernel, initrd, iso }, blockers }
}

function checkMachine(host: HostDoc | undefined, body: VmCreate): Refusal[] {
  if (host === undefined) return []
  const choices = { body, facts: host.facts, diskVolumeIds: [], mac: '' }
  const before = plainHardware({ ...choices, body: impliedBy(body) })
  return machineRefusals({
    before,
    choices: impliedBy(body),
    after: pinHardware(choices),
    host,
    instead: (change) => instead(body, change),
  })
}

/** The same creation with one thing otherwise. */
const instead = (body: VmCreate, change: Partial<VmCreate>): Fix => ({
  action: 'vmCreate',
  method: 'POST',
  path: '/v1/vms',
  body: { ...body, ...change },
})

/** The same with the image in its CD drive, and a disk to install on where none was asked for. */
function asCd({ imageId, imageUse: _use, diskMib = INSTALL_MIB, disks = [], ...body }: VmCreate): Fix | undefined {
  if (imageId === undefined) return undefined
  return instead(body, { cd: { imageId }, disks: [{ sizeMib: diskMib }, ...disks] })
}
const INSTALL_MIB = 20 * 1024

/** Dropped in silence it would be a disk that somebody waits for. */
const diskWithoutImage = (): Refusal =>
  refusal('invalid_field', {
    where: 'Field',
    field: 'diskMib',
    problem: 'is the size of the disk made from an image: give imageId too, or ask for an empty disk in "disks"',
  })

export function findHost(
  documents: Documents,
  hostId: string | undefined,
  blockers: Refusal[],
): Found<HostDoc> | undefined {
  const host = hostId === undefined ? documents.hosts.list()[0] : documents.hosts.find(hostId)
  if (host !== undefined) return host
  blockers.push(hostId === undefined ? refusal('no_host', {}) : refusal('not_found', { kind: 'host', id: hostId }))
  return undefined
}

export function findImage(
  documents: Documents,
  caller: Caller,
  id: string | undefined,
  kind: ImageDoc['kind'],
  blockers: Refusal[],
  insteadOfIso?: Fix,
): Found<ImageDoc> | undefined {
  if (id === undefined) return undefined
  const image = documents.images.find(id)
  if (image === undefined || !visible(caller, { kind: 'image', id })) {
    blockers.push(refusal('not_found', { kind: 'image', id }))
    return undefined
  }
  const { name, state, kind: actual } = image.value
  if (actual === 'iso' && kind !== 'iso') blockers.push(refusal('image_is_iso', { name, wanted: kind }, insteadOfIso))
  else if (actual !== kind) blockers.push(refusal('image_kind', { name, actual, wanted: kind }))
  if (state !== 'ready' && state !== 'available') blockers.push(refusal('image_not_ready', { name, state }))
  return image
}

/** A volume is where it was made: nothing carries it to another host yet. */
function checkPlaces(
  documents: Documents,
  host: Found<HostDoc>,
  images: readonly (Found<ImageDoc> | undefined)[],
  body: VmCreate,
  blockers: Refusal[],
): void {
  for (const image of images) {
    if (image === undefined || image.value.hostId === host.id) continue
    const { name, hostId } = image.value
    const there = documents.hosts.find(hostId)?.value.name ?? hostId
    blockers.push(refusal('image_elsewhere', { name, host: host.value.name, there }, instead(body, { hostId })))
  }
}

export function checkPorts(
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
      blockers.push(portRefusal(documents, forward, owner))
    }
    seen.add(key)
  }
}

function portRefusal(documents: Documents, { hostPort: port, protocol }: PortForward, owner: string): Refusal {
  const vm = documents.vms.find(owner)?.value
  return vm?.lifecycle === 'recycled'
    ? refusal('port_in_bin', { port, protocol, vm: vm.name }, purgeFix(owner))
    : refusal('port_taken', { port, protocol, name: vm?.name ?? owner })
}

function checkAccelerator(host: HostDoc, body: VmCreate, blockers: Refusal[]): void {
  const { isUsable, problem } = host.facts.kvm
  if (body.accelerator !== 'kvm' || isUsable) return
  blockers.push(refusal('kvm_unavailable', { host: host.name, problem }, instead(body, { accelerator: 'any' })))
}

function checkDiskSize(image: ImageDoc, body: VmCreate, blockers: Refusal[]): void {
  const { diskMib } = body
  if (diskMib === undefined || image.virtualSizeBytes === undefined) return
  const imageMib = Math.ceil(image.virtualSizeBytes / MIB)
  if (diskMib >= imageMib) return
  const fix = instead(body, { diskMib: imageMib })
  blockers.push(refusal('disk_too_small', { wantedMib: diskMib, name: image.name, imageMib }, fix))
}

/** Why a new VM can't have that name; with another that is free. */
export function nameRefusals(documents: Documents, name: string, otherName: (free: string) => Fix): Refusal[] {
  const refused = nameRefusal(documents, undefined, name)
  if (refused === undefined) return []
  const free = refused.fix === undefined ? freeName(documents, name) : undefined
  return [{ ...refused, ...(free === undefined ? {} : { fix: otherName(free) }) }]
}

/** As people number their machines: web, web-2, web-3. */
function freeName(documents: Documents, name: string): string | undefined {
  const stem = name.replace(/-\d+$/, '').slice(0, 58)
  for (let number = 2; number < 100; number++) {
    const free = `${stem}-${number}`
    if (documents.vmNames.find(free.toLowerCase()) === undefined) return free
  }
  return undefined
}

export const portKey = (hostId: string, { protocol, hostPort }: PortForward): string =>
  `${hostId}.${protocol}.${hostPort}`
