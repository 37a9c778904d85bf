import { randomBytes, randomInt } from 'node:crypto'
import type { Task, VmCreate } from '@viv/api'
import {
  type Effect,
  effect,
  isVmUidIndex,
  NO_AUTOSTART,
  type Refusal,
  UIDS_EACH,
  type Warning,
  warning,
  wholePolicy,
} from '@viv/common'
import { DEFAULT_CPUS, DEFAULT_MEMORY_MIB, type HardwareChoices, impliedBy, pinHardware } from '../domain/hardware.ts'
import type { HostDoc } from '../domain/host.ts'
import type { ImageDoc } from '../domain/image.ts'
import { type DocumentKey, type VmDoc, withoutUndefined } from '../domain/vm.ts'
import { type Documents, keyWrites } from '../store/documents.ts'
import type { Expectation, Write } from '../store/store.ts'
import type { Beginning } from '../workflows/engine.ts'
import type { VmCreateInput } from '../workflows/vm-create.ts'
import { asked, begunTask, hostWarnings } from './beginnings.ts'
import { hardwareRefusal, policyRefusal } from './agent-checks.ts'
import { bootWarnings } from './device-checks.ts'
import { firmwareEffects, firmwareWarnings } from './firmware-checks.ts'
import { guestWarnings } from './guest-warnings.ts'
import { newId } from './ids.ts'
import { type Planned, present, type Repeated } from './planned.ts'
import type { ServiceParts } from './parts.ts'
import type { ChangeRequest } from './requests.ts'
import { checkVmCreate, type Found, type Needs, portKey } from './vm-create-checks.ts'

/** Drawn so often before all are looked through: hardly ever, where at most 7 of 8 are taken. */
const UID_DRAWS = 100

/** Looks at everything that a new VM needs; the one function that refuses, whether planned or done. */
export function planVmCreate(
  parts: ServiceParts,
  request: ChangeRequest,
  body: VmCreate,
): Planned<Task> | Repeated<Task> {
  const repeated = parts.requests.repeated(request)
  if (repeated !== undefined) return { repeated }
  const { needs, blockers } = checkVmCreate(parts.documents, request.caller, body)
  const { host } = needs
  return {
    effects: host === undefined ? [] : createEffects(host, needs, body),
    warnings: host === undefined ? [] : createWarnings(parts, host, body),
    blockers: [
      ...blockers,
      ...(host === undefined
        ? []
        : present(newHardwareRefusal(parts, host, body), policyRefusal(parts, host.id, undefined, body.crashPolicy))),
    ],
    apply: async () => {
      if (host === undefined) throw new Error('a plan with blockers has no beginning')
      const taskId = await parts.engine.begin(beginningOf(parts, request, body, { ...needs, host }))
      return begunTask(parts.engine, taskId)
    },
  }
}

function newHardwareRefusal(parts: ServiceParts, { id, value }: Found<HostDoc>, body: VmCreate): Refusal | undefined {
  return hardwareRefusal(parts, id, pinHardware({ body, facts: value.facts, diskVolumeIds: [], mac: '' }))
}

function createEffects({ value: host }: Found<HostDoc>, { image, iso }: Needs, body: VmCreate): Effect[] {
  const { name, disks = [], forwards = [] } = body
  const { cpus = DEFAULT_CPUS, memoryMib = DEFAULT_MEMORY_MIB } = impliedBy(body)
  const disk = body.imageUse === 'copy' ? 'disk_copied' : 'disk_overlay'
  return [
    ...(image?.value.state === 'available' ? [effect('image_built', { name: image.value.name })] : []),
    effect('vm_created', { name, host: host.name, cpus, memoryMib }),
    ...(image === undefined ? [] : [effect(disk, { image: image.value.name })]),
    ...disks.map(({ sizeMib }) => effect('disk_empty', { sizeMib })),
    ...cdEffects(iso, body),
    ...firmwareEffects(impliedBy(body)),
    ...forwards.map((forward) => effect('port_forwarded', forward)),
    ...(body.start === true ? [effect('vm_started', { name })] : []),
  ]
}

type Volumes = Pick<HardwareChoices, 'kernelVolumeId' | 'initrdVolumeId' | 'disc'>

const volumesOf = ({ kernel, initrd, iso }: Pick<Needs, 'kernel' | 'initrd' | 'iso'>): Volumes => ({
  ...(kernel === undefined ? {} : { kernelVolumeId: kernel.value.volumeId }),
  ...(initrd === undefined ? {} : { initrdVolumeId: initrd.value.volumeId }),
  ...(iso === undefined ? {} : { disc: { imageId: iso.id, volumeId: iso.value.volumeId } }),
})

function cdEffects(iso: Found<ImageDoc> | undefined, { cd }: VmCreate): Effect[] {
  if (cd === undefined) return []
  return [iso === undefined ? effect('cd_made', {}) : effect('cd_made_with', { image: iso.value.name })]
}

function createWarnings(parts: ServiceParts, { id, value: host }: Found<HostDoc>, body: VmCreate): Warning[] {
  const { isUsable, problem } = host.facts.kvm
  const isTranslated = !isUsable && body.accelerator !== 'kvm'
  const open = (body.forwards ?? []).filter(({ bind }) => bind === 'any')
  const disks = Array<string>((body.disks?.length ?? 0) + (body.imageId === undefined ? 0 : 1)).fill('')
  const hardware = pinHardware({ body, facts: host.facts, diskVolumeIds: disks, mac: '' })
  return [
    ...hostWarnings(parts, id),
    ...(isTranslated ? [warning('runs_by_translation', { host: host.name, problem })] : []),
    ...bootWarnings(body),
    ...firmwareWarnings(undefined, hardware, hardware.memoryMib, body.kernel !== undefined),
    ...guestWarnings(body.guestSystem, hardware),
    ...open.map(({ hostPort }) => warning('forward_open', { port: hostPort })),
  ]
}

function beginningOf(
  { documents, requests }: ServiceParts,
  request: ChangeRequest,
  body: VmCreate,
  needs: Needs & { readonly host: Found<HostDoc> },
): Beginning {
  const { host, image, kernel, initrd, iso } = needs
  const [vmId, taskId] = [newId(), newId()]
  const disks = diskInputs(body, image?.value)
  const mac = makeMac(documents)
  const uidIndex = freeUidIndex(documents)
  const keys = reservedKeys(body, host.id, mac, uidIndex)
  const vm: VmDoc = withoutUndefined({
    name: body.name,
    notes: body.notes ?? '',
    tags: body.tags,
    hostId: host.id,
    lifecycle: 'creating' as const,
    uidIndex,
    imageId: image?.id,
    guestSystem: body.guestSystem,
    isLinked: image === undefined ? undefined : body.imageUse !== 'copy',
    hardware: pinHardware({
      body,
      facts: host.value.facts,
      diskVolumeIds: disks.map((disk) => disk.volumeId),
      mac,
      ...volumesOf({ kernel, initrd, iso }),
    }),
    ...policiesOf(body),
    keys,
    createdAt: new Date().toISOString(),
  })
  const buildImageId = image?.value.state === 'available' ? image.id : undefined
  const input: VmCreateInput = withoutUndefined({ vmId, buildImageId, disks, start: body.start ?? false })
  const remembered = requests.remember(request, taskId)
  const uses = [image, kernel, initrd, iso].filter((used) => used !== undefined)
  return {
    taskId,
    workflow: 'vm-create',
    ...asked(request),
    target: { kind: 'VM', id: vmId, name: body.name },
    hostId: host.id,
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
      ...keyWrites(documents, keys, vmId),
      ...imageTouches(documents, uses),
    ],
  }
}

/** What its host does by itself, as far as anything was said about it. */
const policiesOf = ({ autostart, crashPolicy }: VmCreate): Partial<Pick<VmDoc, 'autostart' | 'crashPolicy'>> => ({
  ...(autostart === undefined ? {} : { autostart: { ...NO_AUTOSTART, ...autostart } }),
  ...(crashPolicy === undefined ? {} : { crashPolicy: wholePolicy(crashPolicy) }),
})

/** An image that is used is written again unchanged, so that a deletion decided on older facts conflicts. */
export function imageTouches(documents: Documents, uses: readonly Found<ImageDoc>[]): Write[] {
  return [...new Map(uses.map((use) => [use.id, use])).values()].map(({ id, value }) =>
    documents.images.write(id, value),
  )
}

export function imageExpectations(documents: Documents, uses: readonly Found<ImageDoc>[]): Expectation[] {
  return uses.map(({ id, revision }) => documents.images.expectRevision(id, revision))
}

export const absent = ({ kind, id }: DocumentKey): Expectation => ({ kind, id, revision: 'absent' })

function reservedKeys(body: VmCreate, hostId: string, mac: string, uidIndex: number): DocumentKey[] {
  return [
    { kind: 'vm-name', id: body.name.toLowerCase() },
    { kind: 'vm-uid', id: String(uidIndex) },
    { kind: 'mac', id: mac },
    ...(body.forwards ?? []).map((forward) => ({ kind: 'port', id: portKey(hostId, forward) })),
  ]
}

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

/** QEMU's own prefix; the rest is random, and taken means drawn again. */
export function makeMac(documents: Documents): string {
  for (;;) {
    const [a = 0, b = 0, c = 0] = randomBytes(3)
    const mac = ['52', '54', '00', ...[a, b, c].map((byte) => byte.toString(16).padStart(2, '0'))].join(':')
    if (documents.macs.find(mac) === undefined) return mac
  }
}

/** Drawn, so that two VMs that are made at a time do not want the same one; looked for only where few are free. */
export function freeUidIndex(documents: Documents): number {
  const isFree = (index: number) => isVmUidIndex(index) && documents.vmUids.find(String(index)) === undefined
  for (let draw = 0; draw < UID_DRAWS; draw++) {
    const index = randomInt(UIDS_EACH)
    if (isFree(index)) return index
  }
  for (let index = 0; index < UIDS_EACH; index++) if (isFree(index)) return index
  throw new Error('every uid of the range belongs to a VM')
}
