import type { Vm, VmUpdate } from '@viv/api'
import {
  type Effect,
  effect,
  NO_AUTOSTART,
  type Refusal,
  refusal,
  refuse,
  type VmAutostart,
  type Warning,
  warning,
} from '@viv/common'
import { vmHistory } from '../domain/history.ts'
import type { VmDoc, VmStatusDoc } from '../domain/vm.ts'
import type { Documents } from '../store/documents.ts'
import { tokenDecode } from '../store/tokens.ts'
import { deedOfRequest } from './beginnings.ts'
import { newId } from './ids.ts'
import { lookUp } from './lookup.ts'
import { type Planned, present } from './planned.ts'
import type { ServiceParts } from './parts.ts'
import type { ChangeRequest } from './requests.ts'
import { busyRefusal, findVmView, stateRefusal } from './vm-facts.ts'

/** A host that answers is told at once; what waits longer is said to be pending. */
const TELL_TIMEOUT_MS = 2_000

/** What may be edited. */
interface Editable {
  readonly name: string
  readonly notes: string
  readonly tags: readonly string[]
  readonly cpus: number
  readonly memoryMib: number
  readonly autostart: VmAutostart
}

const editableOf = ({
  name,
  notes,
  tags = [],
  hardware: { cpus, memoryMib },
  autostart = NO_AUTOSTART,
}: VmDoc): Editable => ({
  name,
  notes,
  tags,
  cpus,
  memoryMib,
  autostart,
})

/** `ifMatch`: the revision that the caller has read, so that nobody's change is overwritten unseen. */
export function planVmUpdate(
  parts: ServiceParts,
  request: ChangeRequest,
  vmId: string,
  ifMatch: string,
  body: VmUpdate,
): Planned<Vm> {
  const { documents, store } = parts
  const { value: vm, revision } = lookUp(request.caller, 'vm', documents.vms, vmId)
  const seen = tokenDecode(ifMatch, store.epoch)
  const isStale = seen.type !== 'revision' || seen.revision !== revision
  const before = editableOf(vm)
  const wanted: Editable = { ...before, ...body, autostart: { ...before.autostart, ...body.autostart } }
  const status = documents.vmStatuses.find(vmId)?.value
  return {
    effects: editEffects(vm, wanted, status?.pid !== undefined),
    warnings: hostWarnings(parts, vm, wanted),
    blockers: present(
      isStale ? refusal('revision_changed', { kind: 'VM', name: vm.name }) : undefined,
      busyRefusal(parts, vmId, vm) ?? stateRefusal(parts, vmId, vm, 'edit'),
      nameRefusal(documents, vmId, wanted.name),
    ),
    apply: () => edit(parts, request, { vmId, vm, revision }, editedVm(vm, wanted, status)),
  }
}

/** Its machine is what it was started as: CPUs and memory of one that runs change when it is started again. */
function editEffects(vm: VmDoc, wanted: Editable, isRunning: boolean): Effect[] {
  const [before, after] = [textsOf(editableOf(vm)), textsOf(wanted)]
  const changed = Object.keys(before).filter((field) => before[field] !== after[field])
  if (changed.length === 0) return [effect('nothing_changes', {})]
  return changed.map((field) => {
    const isMachine = field === 'cpus' || field === 'memoryMib'
    const facts = { field, before: before[field] ?? '', after: after[field] ?? '' }
    return effect('field_changed', facts, isMachine && isRunning ? 'after_restart' : 'now')
  })
}

function textsOf({ tags, autostart, ...plain }: Editable): Record<string, string> {
  const turn = Object.entries(autostart).map(([name, value]) => [`autostart.${name}`, value] as const)
  const all = [...Object.entries(plain), ['tags', tags.join(', ')] as const, ...turn]
  return Object.fromEntries(all.map(([field, value]) => [field, String(value)]))
}

/** A host that is silent goes on with what it knows. */
function hostWarnings({ agents, documents }: ServiceParts, vm: VmDoc, wanted: Editable): Warning[] {
  const isSame = JSON.stringify(editableOf(vm).autostart) === JSON.stringify(wanted.autostart)
  if (isSame || agents.isReachable(vm.hostId)) return []
  return [warning('autostart_told_later', { host: documents.hosts.find(vm.hostId)?.value.name ?? vm.hostId })]
}

/** undefined where nothing changes. */
function editedVm(vm: VmDoc, wanted: Editable, status: VmStatusDoc | undefined): VmDoc | undefined {
  if (JSON.stringify(editableOf(vm)) === JSON.stringify(wanted)) return undefined
  const { name, notes, tags, cpus, memoryMib, autostart } = wanted
  const hardware = { ...vm.hardware, cpus, memoryMib }
  // One that stands may be started by its host before that has heard of this.
  const known = status?.pid === undefined ? status?.autostart?.revision : status.appliedRevision
  const isOther = cpus !== vm.hardware.cpus || memoryMib !== vm.hardware.memoryMib
  return {
    ...vm,
    name,
    notes,
    tags,
    hardware,
    ...(vm.autostart === undefined && JSON.stringify(autostart) === JSON.stringify(NO_AUTOSTART) ? {} : { autostart }),
    keys: keysOf(vm, name),
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
  return owner === undefined || owner === vmId ? undefined : refusal('name_taken', { kind: 'VM', name })
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
