import type { Vm, VmUpdate } from '@viv/api'
import { type Effect, effect, type Refusal, refusal, refuse } from '@viv/common'
import { vmHistory } from '../domain/history.ts'
import type { VmDoc } from '../domain/vm.ts'
import type { Documents } from '../store/documents.ts'
import { tokenDecode } from '../store/tokens.ts'
import { deedOfRequest } from './beginnings.ts'
import { newId } from './ids.ts'
import { lookUp } from './lookup.ts'
import { type Planned, present } from './planned.ts'
import type { ServiceParts } from './parts.ts'
import type { ChangeRequest } from './requests.ts'
import { busyRefusal, findVmView, stateRefusal } from './vm-facts.ts'

/** What may be edited: all that is not the machine itself. */
type Editable = Pick<VmDoc, 'name' | 'notes'>

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
  const wanted: Editable = { name: body.name ?? vm.name, notes: body.notes ?? vm.notes }
  return {
    effects: editEffects(vm, wanted),
    warnings: [],
    blockers: present(
      isStale ? refusal('revision_changed', { kind: 'VM', name: vm.name }) : undefined,
      busyRefusal(parts, vmId, vm) ?? stateRefusal(parts, vmId, vm, 'edit'),
      nameRefusal(documents, vmId, wanted.name),
    ),
    apply: () => edit(parts, request, { vmId, vm, revision }, wanted),
  }
}

function editEffects(vm: VmDoc, wanted: Editable): Effect[] {
  const fields = ['name', 'notes'] as const
  const changed = fields.filter((field) => vm[field] !== wanted[field])
  if (changed.length === 0) return [effect('nothing_changes', {})]
  return changed.map((field) => effect('field_changed', { field, before: vm[field], after: wanted[field] }))
}

/** Nothing is written, and nothing stands in the history, where nothing changes. */
async function edit(
  parts: ServiceParts,
  request: ChangeRequest,
  { vmId, vm, revision }: { readonly vmId: string; readonly vm: VmDoc; readonly revision: number },
  wanted: Editable,
): Promise<Vm> {
  const { documents, store } = parts
  if (vm.name === wanted.name && vm.notes === wanted.notes) return viewOf(parts, vmId)
  const next: VmDoc = { ...vm, ...wanted, keys: keysOf(vm, wanted.name) }
  const written = await store.transaction({
    expect: [
      documents.vms.expectRevision(vmId, revision),
      documents.claims.expectAbsent(`vm.${vmId}`),
      ...(isNewKey(vm, wanted.name) ? [documents.vmNames.expectAbsent(wanted.name.toLowerCase())] : []),
    ],
    writes: [
      documents.vms.write(vmId, next),
      ...nameWrites(documents, vmId, vm, wanted.name),
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
