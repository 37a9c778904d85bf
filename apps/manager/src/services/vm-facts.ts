import type { Task, Vm } from '@viv/api'
import {
  allowedActions,
  type Fix,
  isAllowed,
  needsStopped,
  type Refusal,
  refusal,
  type VmAction,
  type VmState,
} from '@viv/common'
import { heldBackRefusal } from '../domain/held-back.ts'
import { type VmDoc, vmState, vmView } from '../domain/vm.ts'
import { tokenEncode } from '../store/tokens.ts'
import type { ServiceParts } from './parts.ts'

type Parts = Pick<ServiceParts, 'store' | 'documents' | 'agents' | 'engine'>

/** The task that holds the VM now. */
export function vmTask({ documents, engine }: Parts, vmId: string): Task | undefined {
  const claim = documents.claims.find(`vm.${vmId}`)
  return claim === undefined ? undefined : engine.view(claim.value.taskId)
}

/** The VM as the public API shows it; undefined where there is none. */
export function findVmView(parts: Parts, id: string): Vm | undefined {
  const { documents, store, agents } = parts
  const found = documents.vms.find(id)
  if (found === undefined) return undefined
  return vmView({
    id,
    vm: found.value,
    status: documents.vmStatuses.find(id)?.value,
    revision: tokenEncode(store.epoch, found.revision),
    isHostReachable: agents.isReachable(found.value.hostId),
    task: vmTask(parts, id),
  })
}

export function vmStateNow(parts: Parts, vmId: string, vm: VmDoc): VmState {
  return vmState(vm, parts.documents.vmStatuses.find(vmId)?.value, vmTask(parts, vmId)?.action)
}

/** Why the action can't be done in the state that the VM is in, with the one that leads to a state where it can. */
export function stateRefusal(parts: Parts, vmId: string, vm: VmDoc, action: VmAction): Refusal | undefined {
  const state = vmStateNow(parts, vmId, vm)
  const status = parts.documents.vmStatuses.find(vmId)?.value
  const hasProcess = status?.pid !== undefined
  const canDo = isAllowed(action, state, hasProcess)
  // Also of one in the recycle bin: what its host cannot read it cannot delete either. To restore it no host is needed.
  const held = canDo && action === 'restore' ? undefined : heldBackRefusal(vm, status)
  if (held !== undefined || canDo) return held
  const allowed = allowedActions(state, hasProcess).join(', ') || 'nothing'
  return refusal('vm_state', { name: vm.name, state, action, allowed }, stateFix(vmId, action, state))
}

/** What is to be done once a paused VM goes on; starting it means that. */
const FOR_RUNNING: readonly VmAction[] = ['start', 'stop', 'reboot', 'suspend', 'hibernate']
const NEED_PROCESS: readonly VmAction[] = ['pause', 'reboot', 'suspend', 'hibernate', 'reset', 'console', 'changeDisc']

function stateFix(vmId: string, action: VmAction, state: VmState): Fix | undefined {
  const path = `/v1/vms/${vmId}/actions`
  if (isAllowed('restore', state)) {
    return action === 'delete' ? purgeFix(vmId) : { action: 'vmRestore', method: 'POST', path: `${path}/restore` }
  }
  const isDeleted = action === 'delete' || action === 'purge'
  if (isDeleted && isAllowed('stop', state)) {
    return { action: 'vmStop', method: 'POST', path: `${path}/stop`, body: {} }
  }
  if (needsStopped(action) && isAllowed('stop', state)) {
    return { action: 'vmStop', method: 'POST', path: `${path}/stop`, body: {} }
  }
  const isPaused = isAllowed('resume', state)
  if (isDeleted && isPaused) {
    return { action: 'vmStop', method: 'POST', path: `${path}/stop`, body: { mode: 'force' } }
  }
  if (FOR_RUNNING.includes(action) && isPaused) return { action: 'vmResume', method: 'POST', path: `${path}/resume` }
  const needsProcess = NEED_PROCESS.includes(action)
  return needsProcess && isAllowed('start', state)
    ? { action: 'vmStart', method: 'POST', path: `${path}/start` }
    : undefined
}

/** What deletes a VM for good that only the recycle bin holds still. */
export const purgeFix = (vmId: string): Fix => ({
  action: 'vmPurge',
  method: 'POST',
  path: `/v1/vms/${vmId}/actions/purge`,
})

/** Why nothing can be begun while a task has the VM, with its cancelling where that is possible. */
export function busyRefusal(parts: Parts, vmId: string, vm: VmDoc): Refusal | undefined {
  const task = vmTask(parts, vmId)
  if (task === undefined) return undefined
  const { id: taskId, action, cancellable } = task
  const fix: Fix | undefined = cancellable
    ? { action: 'taskCancel', method: 'POST', path: `/v1/tasks/${taskId}/actions/cancel` }
    : undefined
  return refusal('busy', { kind: 'VM', name: vm.name, taskId, action }, fix)
}
