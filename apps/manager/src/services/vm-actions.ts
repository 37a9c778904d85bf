import type { DeleteQuery, Task, VmReboot, VmStop, VmSuspend } from '@viv/api'
import { type Effect, effect, HOLD_HOURS, type Refusal, type VmAction, type Warning } from '@viv/common'
import type { ImageDoc } from '../domain/image.ts'
import { isWaitingForGuest, type VmDoc } from '../domain/vm.ts'
import type { Expectation, Write } from '../store/store.ts'
import type { Beginning, Engine } from '../workflows/engine.ts'
import { asked, begunTask, hostWarnings } from './beginnings.ts'
import { newId } from './ids.ts'
import { lookUp } from './lookup.ts'
import { type Planned, present, type Repeated } from './planned.ts'
import type { ServiceParts } from './parts.ts'
import type { ChangeRequest } from './requests.ts'
import type { Found } from './vm-create-checks.ts'
import { imageExpectations, imageTouches } from './vm-create-plan.ts'
import { busyRefusal, stateRefusal, vmStateNow, vmTask } from './vm-facts.ts'

/** How long a guest may take to shut down, or to reboot, when nobody says: a busy Linux needs half of it. */
const DEFAULT_GUEST_SECONDS = 60
/** An agent lets go of a wait at once; one that does not answer leaves the VM busy, which is then said. */
const CANCEL_TIMEOUT_MS = 10_000

/** One piece of work on one VM: what the table of states calls it, the workflow, and what it does. */
export interface VmWork {
  readonly action: VmAction
  readonly workflow: string
  readonly input: Beginning['input']
  readonly effects: readonly Effect[]
  readonly warnings?: readonly Warning[]
  /** What is against it beside the VM's state. */
  readonly blockers?: readonly Refusal[]
  /** Images that must not be deleted just now. */
  readonly uses?: readonly Found<ImageDoc>[]
  readonly change?: Partial<VmDoc>
  /** What else must hold as it begins, and is written then. */
  readonly expect?: readonly Expectation[]
  readonly writes?: readonly Write[]
  /** Ended first: whoever forces something does not want to wait for the guest any more. */
  readonly endsTask?: Task
}

export function planVmStart(parts: ServiceParts, request: ChangeRequest, vmId: string) {
  return planWork(parts, request, vmId, (vm) => {
    const { name } = vm
    const work = { action: 'start', input: { vmId } } as const
    // A wake has no undo: once the guest runs, its saved memory is gone.
    return parts.documents.vmStatuses.find(vmId)?.value.state === 'hibernated'
      ? { ...work, workflow: 'vm-wake', effects: [effect('vm_woken', { name })] }
      : { ...work, workflow: 'vm-start', effects: [effect('vm_started', { name })] }
  })
}

export function planVmHibernate(parts: ServiceParts, request: ChangeRequest, vmId: string) {
  return planWork(parts, request, vmId, ({ name, hardware: { memoryMib } }) => ({
    action: 'hibernate',
    workflow: 'vm-hibernate',
    input: { vmId },
    effects: [effect('vm_hibernated', { name, memoryMib })],
  }))
}

export function planVmDiscard(parts: ServiceParts, request: ChangeRequest, vmId: string) {
  return planWork(parts, request, vmId, ({ name }) => ({
    action: 'discard',
    workflow: 'vm-discard',
    input: { vmId },
    effects: [effect('memory_discarded', { name })],
  }))
}

export function planVmStop(parts: ServiceParts, request: ChangeRequest, vmId: string, body: VmStop) {
  const mode = body.mode ?? 'safe'
  const timeoutSeconds = body.timeoutSeconds ?? DEFAULT_GUEST_SECONDS
  return planWork(parts, request, vmId, ({ name }) => {
    const input = { vmId, mode, timeoutSeconds }
    if (waitsForTurn(parts, vmId)) {
      const effects = [effect('start_cancelled', { name })]
      return { action: 'forceStop', workflow: 'vm-stop', input: { ...input, mode: 'force' }, effects }
    }
    if (mode === 'safe') {
      const effects = [effect('vm_shut_down', { name, seconds: timeoutSeconds })]
      return { action: 'stop', workflow: 'vm-stop', input, effects }
    }
    const work = { action: 'forceStop', workflow: 'vm-stop', input, effects: [effect('vm_ended', { name })] } as const
    return insteadOf(waitingTask(parts, vmId), work)
  })
}

/** Its host was started, and would start it when its turn comes: there is no guest to be asked yet. */
function waitsForTurn({ documents }: ServiceParts, vmId: string): boolean {
  return documents.vmStatuses.find(vmId)?.value.autostart?.isWaiting === true
}

export function planVmPause(parts: ServiceParts, request: ChangeRequest, vmId: string) {
  return planWork(parts, request, vmId, ({ name }) => ({
    action: 'pause',
    workflow: 'vm-pause',
    input: { vmId },
    effects: [effect('vm_paused', { name })],
  }))
}

export function planVmResume(parts: ServiceParts, request: ChangeRequest, vmId: string) {
  return planWork(parts, request, vmId, ({ name }) => ({
    action: 'resume',
    workflow: 'vm-resume',
    input: { vmId },
    effects: [effect('vm_resumed', { name })],
  }))
}

export function planVmReboot(parts: ServiceParts, request: ChangeRequest, vmId: string, body: VmReboot) {
  const mode = body.mode ?? 'safe'
  const timeoutSeconds = body.timeoutSeconds ?? DEFAULT_GUEST_SECONDS
  return planWork(parts, request, vmId, ({ name }) => {
    const input = { vmId, mode, timeoutSeconds }
    if (mode === 'safe') {
      const effects = [effect('vm_rebooted', { name, seconds: timeoutSeconds })]
      return { action: 'reboot', workflow: 'vm-reboot', input, effects }
    }
    const work = { action: 'reset', workflow: 'vm-reboot', input, effects: [effect('vm_reset', { name })] } as const
    return insteadOf(waitingTask(parts, vmId, 'vmReboot'), work)
  })
}

export function planVmSuspend(parts: ServiceParts, request: ChangeRequest, vmId: string, body: VmSuspend) {
  const timeoutSeconds = body.timeoutSeconds ?? DEFAULT_GUEST_SECONDS
  return planWork(parts, request, vmId, ({ name }) => ({
    action: 'suspend',
    workflow: 'vm-suspend',
    input: { vmId, timeoutSeconds },
    effects: [effect('vm_suspended', { name, seconds: timeoutSeconds })],
  }))
}

export function planVmReset(parts: ServiceParts, request: ChangeRequest, vmId: string) {
  return planWork(parts, request, vmId, ({ name }) => ({
    action: 'reset',
    workflow: 'vm-reset',
    input: { vmId },
    effects: [effect('vm_reset', { name })],
  }))
}

/** Into the recycle bin; `purge`, or no hours there, deletes at once. */
export function planVmDelete(parts: ServiceParts, request: ChangeRequest, vmId: string, query: DeleteQuery) {
  const holdHours = Number(query.holdHours ?? HOLD_HOURS.usual)
  if (query.purge === 'true' || holdHours === 0) return planVmPurge(parts, request, vmId)
  return planWork(parts, request, vmId, (vm) => {
    const { name } = vm
    const isCrashed = vmStateNow(parts, vmId, vm) === 'crashed'
    const hasProcess = isCrashed && parts.documents.vmStatuses.find(vmId)?.value.pid !== undefined
    return {
      action: 'delete',
      workflow: 'vm-delete',
      input: { vmId, isCrashed, holdHours },
      effects: [
        ...(hasProcess ? [effect('vm_ended', { name })] : []),
        effect('vm_recycled', { name, hours: holdHours }),
      ],
    }
  })
}

export function planVmRestore(parts: ServiceParts, request: ChangeRequest, vmId: string) {
  return planWork(parts, request, vmId, ({ name }) => ({
    action: 'restore',
    workflow: 'vm-restore',
    input: { vmId },
    effects: [effect('vm_restored', { name })],
  }))
}

export function planVmPurge(parts: ServiceParts, request: ChangeRequest, vmId: string) {
  const isHibernated = () => parts.documents.vmStatuses.find(vmId)?.value.state === 'hibernated'
  return planWork(parts, request, vmId, (vm) => deletion(vmId, vm, isHibernated()))
}

function deletion(vmId: string, { name, hardware: { disks } }: VmDoc, isHibernated: boolean): VmWork {
  return {
    action: 'purge',
    workflow: 'vm-purge',
    input: { vmId, volumeIds: disks.map(({ volumeId }) => volumeId) },
    effects: [
      effect('vm_deleted', { name }),
      ...(isHibernated ? [effect('memory_discarded', { name })] : []),
      ...(disks.length === 0 ? [] : [effect('disks_deleted', { count: disks.length })]),
      effect('not_taken_back', {}),
    ],
    change: { lifecycle: 'deleting' },
  }
}

/** What is over its time in the recycle bin, deleted by the system. */
export function purgeBeginning(
  { documents }: ServiceParts,
  taskId: string,
  { vmId, vm, revision }: { readonly vmId: string; readonly vm: VmDoc; readonly revision: number },
): Beginning {
  const { workflow, input, change } = deletion(vmId, vm, false)
  return {
    taskId,
    workflow,
    action: 'vmPurge',
    caller: 'system',
    target: { kind: 'VM', id: vmId, name: vm.name },
    hostId: vm.hostId,
    input,
    claims: [`vm.${vmId}`],
    expect: [documents.vms.expectRevision(vmId, revision)],
    writes: [documents.vms.write(vmId, { ...vm, ...change })],
  }
}

export function planWork(
  parts: ServiceParts,
  request: ChangeRequest,
  vmId: string,
  describe: (vm: VmDoc) => VmWork,
): Planned<Task> | Repeated<Task> {
  const repeated = parts.requests.repeated(request)
  if (repeated !== undefined) return { repeated }
  const { value: vm, revision } = lookUp(request.caller, 'vm', parts.documents.vms, vmId)
  const work = describe(vm)
  const isBusy = work.endsTask === undefined ? busyRefusal(parts, vmId, vm) : undefined
  return {
    effects: work.effects,
    warnings: [...hostWarnings(parts, vm.hostId), ...(work.warnings ?? [])],
    // What a task does with the VM makes its state: then the task is the reason, not the state.
    blockers: [...present(isBusy ?? stateRefusal(parts, vmId, vm, work.action)), ...(work.blockers ?? [])],
    apply: async () => {
      if (work.endsTask !== undefined) await endTask(parts.engine, work.endsTask.id)
      return begin(parts, request, { vmId, vm, revision }, work)
    },
  }
}

async function begin(
  { documents, engine, requests }: ServiceParts,
  request: ChangeRequest,
  { vmId, vm, revision }: { readonly vmId: string; readonly vm: VmDoc; readonly revision: number },
  { workflow, input, change, uses = [], ...more }: VmWork,
): Promise<Task> {
  const taskId = newId()
  const { expect, writes } = requests.remember(request, taskId)
  await engine.begin({
    taskId,
    workflow,
    ...asked(request),
    target: { kind: 'VM', id: vmId, name: vm.name },
    hostId: vm.hostId,
    input,
    claims: [`vm.${vmId}`],
    expect: [
      ...expect,
      documents.vms.expectRevision(vmId, revision),
      ...imageExpectations(documents, uses),
      ...(more.expect ?? []),
    ],
    writes: [
      ...writes,
      ...(change === undefined ? [] : [documents.vms.write(vmId, { ...vm, ...change })]),
      ...imageTouches(documents, uses),
      ...(more.writes ?? []),
    ],
  })
  return begunTask(engine, taskId)
}

/** A safe stop or reboot that still waits for the guest. */
function waitingTask(parts: ServiceParts, vmId: string, action?: string): Task | undefined {
  const task = vmTask(parts, vmId)
  if (task === undefined || !isWaitingForGuest(task)) return undefined
  return action === undefined || action === task.action ? task : undefined
}

function insteadOf(waiting: Task | undefined, work: VmWork): VmWork {
  if (waiting === undefined) return work
  const ended = effect('task_ended', { taskId: waiting.id, action: waiting.action })
  return { ...work, effects: [ended, ...work.effects], endsTask: waiting }
}

async function endTask(engine: Engine, taskId: string): Promise<void> {
  engine.cancel(taskId)
  await engine.wait(taskId, CANCEL_TIMEOUT_MS)
}
