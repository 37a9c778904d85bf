import type { Vm, VmUpdate } from '@viv/api'
import { type Effect, effect, type Refusal, refusal, refuse } from '@viv/common'
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

/** What may be edited. */
interface Editable {
  readonly name: string
  readonly notes: string
  readonly tags: readonly string[]
  readonly cpus: number
  readonly memoryMib: number
}

const editableOf = ({ name, notes, tags = [], hardware: { cpus, memoryMib } }: VmDoc): Editable => ({
  name,
  notes,
  tags,
  cpus,
  memoryMib,
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
  const wanted: Editable = { ...editableOf(vm), ...body }
  const status = documents.vmStatuses.find(vmId)?.value
  return {
    effects: editEffects(vm, wanted, status?.pid !== undefined),
    warnings: [],
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
  const before = editableOf(vm)
  const changed = (Object.keys(before) as (keyof Editable)[]).filter(
    (field) => textOf(before[field]) !== textOf(wanted[field]),
  )
  if (changed.length === 0) return [effect('nothing_changes', {})]
  return changed.map((field) => {
    const isMachine = field === 'cpus' || field === 'memoryMib'
    const facts = { field, before: textOf(before[field]), after: textOf(wanted[field]) }
    return effect('field_changed', facts, isMachine && isRunning ? 'after_restart' : 'now')
  })
}

const textOf = (value: Editable[keyof Editable]): string => (Array.isArray(value) ? value.join(', ') : String(value))

/** undefined where nothing changes. */
function editedVm(vm: VmDoc, wanted: Editable, status: VmStatusDoc | undefined): VmDoc | undefined {
  if (JSON.stringify(editableOf(vm)) === JSON.stringify(wanted)) return undefined
  const { name, notes, tags, cpus, memoryMib } = wanted
  const hardware = { ...vm.hardware, cpus, memoryMib }
  const isOther = cpus !== vm.hardware.cpus || memoryMib !== vm.hardware.memoryMib
  return {
    ...vm,
    name,
    notes,
    tags,
    hardware,
    keys: keysOf(vm, name),
    ...(isOther && status?.pid !== undefined ? { launched: launchedOf(vm, status.appliedRevision) } : {}),
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
