import type { Vm, VmUpdate } from '@viv/api'
import {
  type Effect,
  effect,
  type Fix,
  machineText,
  isSamePolicy,
  NO_AUTOSTART,
  type Refusal,
  refusal,
  refuse,
  type VmAutostart,
  type VmCrashPolicy,
  type VmHardware,
  type Warning,
  warning,
  wholePolicy,
} from '@viv/common'
import { vmHistory } from '../domain/history.ts'
import { changedFields, chooseMachine } from '../domain/machine.ts'
import type { VmDoc, VmStatusDoc } from '../domain/vm.ts'
import type { Documents } from '../store/documents.ts'
import { tokenDecode } from '../store/tokens.ts'
import { deedOfRequest } from './beginnings.ts'
import { featureRefusal, hardwareRefusal, policyRefusal } from './agent-checks.ts'
import { firmwareWarnings } from './firmware-checks.ts'
import { newId } from './ids.ts'
import { lookUp } from './lookup.ts'
import { machineRefusals } from './machine-checks.ts'
import { type Planned, present } from './planned.ts'
import type { ServiceParts } from './parts.ts'
import type { ChangeRequest } from './requests.ts'
import { busyRefusal, findVmView, purgeFix, stateRefusal } from './vm-facts.ts'

/** A host that answers is told at once; what waits longer is said to be pending. */
const TELL_TIMEOUT_MS = 2_000

/** What may be edited; the machine as it would be then. */
export interface Wanted {
  readonly name: string
  readonly notes: string
  readonly tags: readonly string[]
  readonly hardware: VmHardware
  readonly autostart: VmAutostart
  readonly crashPolicy: VmCrashPolicy
}

/** `ifMatch`: the revision that the caller has read, so that nobody's change is overwritten unseen. */
export function planVmUpdate(
  parts: ServiceParts,
  request: ChangeRequest,
  vmId: string,
  ifMatch: string,
  body: VmUpdate,
): Planned<Vm> {
  const { documents } = parts
  const { value: vm } = lookUp(request.caller, 'vm', documents.vms, vmId)
  const host = documents.hosts.find(vm.hostId)?.value
  const {
    name = vm.name,
    notes = vm.notes,
    tags = vm.tags ?? [],
    autostart: change,
    crashPolicy: answer,
    ...choices
  } = body
  const autostart = { ...NO_AUTOSTART, ...vm.autostart, ...change }
  const crashPolicy = wholePolicy({ ...vm.crashPolicy, ...answer })
  const hardware = chooseMachine(vm.hardware, choices, host?.facts)
  const instead = (change: VmUpdate): Fix => ({
    action: 'vmUpdate',
    method: 'PATCH',
    path: `/v1/vms/${vmId}`,
    body: { ...body, ...change },
    ifMatch,
  })
  const refused = machineRefusals({ before: vm.hardware, choices, after: hardware, host, instead })
  const wanted = { name, notes, tags, hardware, autostart, crashPolicy }
  return planVmEdit(parts, request, { vmId, ifMatch, wanted, refused })
}

/** A change to what was decided on already; `refused`: why not, as far as that is known. */
export function planVmEdit(
  parts: ServiceParts,
  request: ChangeRequest,
  { vmId, ifMatch, wanted, refused }: VmEdit,
): Planned<Vm> {
  const { documents, store } = parts
  const { value: vm, revision } = lookUp(request.caller, 'vm', documents.vms, vmId)
  const seen = tokenDecode(ifMatch, store.epoch)
  const isStale = seen.type !== 'revision' || seen.revision !== revision
  const status = documents.vmStatuses.find(vmId)?.value
  return {
    effects: editEffects(vm, wanted, status?.pid !== undefined),
    warnings: [...hostWarnings(parts, vm, wanted), ...machineWarnings(vm, wanted)],
    blockers: [
      ...present(
        isStale ? refusal('revision_changed', { kind: 'VM', name: vm.name }) : undefined,
        busyRefusal(parts, vmId, vm) ?? stateRefusal(parts, vmId, vm, 'edit'),
        nameRefusal(documents, vmId, wanted.name),
        isTurnAsked(vm, wanted) ? featureRefusal(parts, vm.hostId, 'autostart') : undefined,
        hardwareRefusal(parts, vm.hostId, wanted.hardware, vm.hardware),
        policyRefusal(parts, vm.hostId, vm.crashPolicy, wanted.crashPolicy),
      ),
      ...refused,
    ],
    apply: () => edit(parts, request, { vmId, vm, revision }, editedVm(vm, wanted, status)),
  }
}

interface VmEdit {
  readonly vmId: string
  readonly ifMatch: string
  readonly wanted: Wanted
  readonly refused: readonly Refusal[]
}

/** Its machine is what it was started as: what one that runs is made of changes when it is started again. */
function editEffects(vm: VmDoc, wanted: Wanted, isRunning: boolean): Effect[] {
  const [before, after] = [textsOf(wantedOf(vm)), textsOf(wanted)]
  const changed = Object.keys(before)
    .filter((field) => before[field] !== after[field])
    .map((field) => effect('field_changed', { field, before: before[field] ?? '', after: after[field] ?? '' }))
  const machine = changedFields(vm.hardware, wanted.hardware).map((field) => {
    const facts = { field, before: machineText(vm.hardware[field]), after: machineText(wanted.hardware[field]) }
    return effect('field_changed', facts, isRunning ? 'after_restart' : 'now')
  })
  const effects = [...changed, ...machine]
  return effects.length === 0 ? [effect('nothing_changes', {})] : effects
}

const wantedOf = (vm: VmDoc): Wanted => ({
  name: vm.name,
  notes: vm.notes,
  tags: vm.tags ?? [],
  hardware: vm.hardware,
  autostart: vm.autostart ?? NO_AUTOSTART,
  crashPolicy: wholePolicy(vm.crashPolicy),
})

/** All but the machine. */
function textsOf({ tags, autostart, crashPolicy, hardware: _machine, ...plain }: Wanted): Record<string, string> {
  const parts = Object.entries({ autostart, crashPolicy }).flatMap(([field, part]) =>
    Object.entries(part).map(([name, value]) => [`${field}.${name}`, value] as const),
  )
  const all = [...Object.entries(plain), ['tags', tags.join(', ')] as const, ...parts]
  return Object.fromEntries(all.map(([field, value]) => [field, String(value)]))
}

const machineWarnings = ({ hardware: before }: VmDoc, { hardware }: Wanted): Warning[] =>
  firmwareWarnings(before, hardware, hardware.memoryMib, hardware.kernel !== undefined)

/** An agent of the version before would never start it. */
const isTurnAsked = (vm: VmDoc, wanted: Wanted): boolean =>
  wanted.autostart.enabled && !(vm.autostart ?? NO_AUTOSTART).enabled

/** A host that is silent goes on with what it knows. */
function hostWarnings({ agents, documents }: ServiceParts, vm: VmDoc, { autostart, crashPolicy }: Wanted): Warning[] {
  const isSameTurn = JSON.stringify(vm.autostart ?? NO_AUTOSTART) === JSON.stringify(autostart)
  const isSame = isSameTurn && isSamePolicy(vm.crashPolicy, crashPolicy)
  if (isSame || agents.isReachable(vm.hostId)) return []
  return [warning('autostart_told_later', { host: documents.hosts.find(vm.hostId)?.value.name ?? vm.hostId })]
}

/** undefined where nothing changes. */
function editedVm(vm: VmDoc, wanted: Wanted, status: VmStatusDoc | undefined): VmDoc | undefined {
  const isOther = changedFields(vm.hardware, wanted.hardware).length > 0
  const isSame = JSON.stringify(textsOf(wantedOf(vm))) === JSON.stringify(textsOf(wanted))
  if (isSame && !isOther) return undefined
  const { autostart, crashPolicy, ...rest } = wanted
  // One that stands may be started by its host before that has heard of this.
  const known = status?.pid === undefined ? status?.autostart?.revision : status.appliedRevision
  const isNever = vm.autostart === undefined && JSON.stringify(autostart) === JSON.stringify(NO_AUTOSTART)
  return {
    ...vm,
    ...rest,
    ...(isNever ? {} : { autostart }),
    ...(vm.crashPolicy === undefined && isSamePolicy(crashPolicy) ? {} : { crashPolicy }),
    keys: keysOf(vm, wanted.name),
    ...(isOther && known !== undefined ? { launched: launchedOf(vm, known) } : {}),
  }
}

/** What the process runs on: kept from the first edit since its start, which is the last to know. */
function launchedOf({ launched, hardware }: VmDoc, revision: number): NonNullable<VmDoc['launched']> {
  return launched?.revision === revision ? launched : { revision, hardware }
}

/** Nothing is written, and nothing stands in the history, where nothing changes. */
async function edit(
  parts: ServiceParts,
  request: ChangeRequest,
  { vmId, vm, revision }: { readonly vmId: string; readonly vm: VmDoc; readonly revision: number },
  next: VmDoc | undefined,
): Promise<Vm> {
  const { documents, store } = parts
  if (next === undefined) return viewOf(parts, vmId)
  const written = await store.transaction({
    expect: [
      documents.vms.expectRevision(vmId, revision),
      documents.claims.expectAbsent(`vm.${vmId}`),
      ...(isNewKey(vm, next.name) ? [documents.vmNames.expectAbsent(next.name.toLowerCase())] : []),
    ],
    writes: [
      documents.vms.write(vmId, next),
      ...nameWrites(documents, vmId, vm, next.name),
      documents.outbox.write(newId(), vmHistory(vmId, next, deedOfRequest(request))),
    ],
  })
  await documents.vms.cache.waitFor(written.revision)
  await parts.hostConfigs.told(vmId, TELL_TIMEOUT_MS)
  return viewOf(parts, vmId)
}

function viewOf(parts: ServiceParts, vmId: string): Vm {
  const view = findVmView(parts, vmId)
  // Deleted between our change and our answer to it.
  if (view === undefined) throw refuse('not_found', { kind: 'vm', id: vmId })
  return view
}

export function nameRefusal(documents: Documents, vmId: string | undefined, name: string): Refusal | undefined {
  const owner = documents.vmNames.find(name.toLowerCase())?.value.owner
  if (owner === undefined || owner === vmId) return undefined
  const other = documents.vms.find(owner)?.value
  return other?.lifecycle === 'recycled'
    ? refusal('name_in_bin', { name, vm: other.name }, purgeFix(owner))
    : refusal('name_taken', { kind: 'VM', name })
}

/** The key that holds a VM's name changes with it; only its letters' case may change without a new key. */
const isNewKey = (vm: VmDoc, name: string): boolean => name.toLowerCase() !== vm.name.toLowerCase()

function keysOf(vm: VmDoc, name: string): VmDoc['keys'] {
  return vm.keys.map((key) => (key.kind === 'vm-name' ? { ...key, id: name.toLowerCase() } : key))
}

function nameWrites({ vmNames }: Documents, vmId: string, vm: VmDoc, name: string) {
  if (!isNewKey(vm, name)) return []
  return [vmNames.remove(vm.name.toLowerCase()), vmNames.write(name.toLowerCase(), { owner: vmId })]
}
