import type { Task, Vm, VmCreate, VmStop, VmUpdate } from '@viv/api'
import {
  allowedActions,
  AppError,
  isAllowed,
  type Refusal,
  refusal,
  refuse,
  type VmAction,
  type VmState,
} from '@viv/common'
import type { Duplex } from 'node:stream'
import { HostUnreachableError } from '../agents/errors.ts'
import { type Caller, visible } from '../auth/caller.ts'
import { type VmDoc, vmState, vmView, withoutUndefined } from '../domain/vm.ts'
import { StoreConflictError } from '../store/store.ts'
import { tokenDecode, tokenEncode } from '../store/tokens.ts'
import type { Engine } from '../workflows/engine.ts'
import { newId } from './ids.ts'
import { lookUp } from './lookup.ts'
import { type ChangeRequest, retryConflicts } from './requests.ts'
import type { ServiceParts } from './parts.ts'
import { planVmCreate } from './vm-create-plan.ts'

/** How long a guest may take to shut down when nobody says: a busy Linux needs half of it. */
const DEFAULT_STOP_SECONDS = 60

/** An agent lets go of a wait at once; one that does not answer leaves the VM busy, which is then said. */
const CANCEL_TIMEOUT_MS = 10_000

export class VmService {
  readonly #parts: ServiceParts

  constructor(parts: ServiceParts) {
    this.#parts = parts
  }

  list(caller: Caller): Vm[] {
    const { vms } = this.#parts.documents
    return vms.list().flatMap(({ id }) => (visible(caller, { kind: 'vm', id }) ? [this.#view(id)] : []))
  }

  get(caller: Caller, vmId: string): Vm {
    lookUp(caller, 'vm', this.#parts.documents.vms, vmId)
    return this.#view(vmId)
  }

  async create(request: ChangeRequest, body: VmCreate): Promise<Task> {
    return retryConflicts(this.#parts.documents.vms.cache, async () => {
      const repeated = this.#parts.requests.repeated(request)
      if (repeated !== undefined) return repeated
      const plan = planVmCreate(this.#parts, request, body)
      const [first, ...more] = plan.blockers
      if (first !== undefined) throw new AppError([first, ...more])
      return this.#begun(await this.#parts.engine.begin(plan.beginning()))
    })
  }

  start(request: ChangeRequest, vmId: string): Promise<Task> {
    return this.#act(request, vmId, 'start', { workflow: 'vm-start', input: { vmId } })
  }

  async stop(request: ChangeRequest, vmId: string, body: VmStop): Promise<Task> {
    const mode = body.mode ?? 'safe'
    if (mode === 'force') await this.#endSafeStop(request.caller, vmId)
    const input = { vmId, mode, timeoutSeconds: body.timeoutSeconds ?? DEFAULT_STOP_SECONDS }
    return this.#act(request, vmId, mode === 'force' ? 'forceStop' : 'stop', { workflow: 'vm-stop', input })
  }

  reset(request: ChangeRequest, vmId: string): Promise<Task> {
    return this.#act(request, vmId, 'reset', { workflow: 'vm-reset', input: { vmId } })
  }

  delete(request: ChangeRequest, vmId: string): Promise<Task> {
    const volumeIds = (this.#parts.documents.vms.find(vmId)?.value.hardware.disks ?? []).map((disk) => disk.volumeId)
    const input = { vmId, volumeIds }
    return this.#act(request, vmId, 'delete', { workflow: 'vm-delete', input, change: { lifecycle: 'deleting' } })
  }

  async update(caller: Caller, vmId: string, ifMatch: string, body: VmUpdate): Promise<Vm> {
    const { documents, store } = this.#parts
    const { value: vm, revision } = lookUp(caller, 'vm', documents.vms, vmId)
    const changed = refuse('revision_changed', { kind: 'VM', name: vm.name })
    const seen = tokenDecode(ifMatch, store.epoch)
    if (seen.type !== 'revision' || seen.revision !== revision) throw changed
    this.#refuseState(vmId, vm, 'edit')
    const next: VmDoc = withoutUndefined({ ...vm, notes: body.notes ?? vm.notes, ...this.#renamed(vm, body.name) })
    try {
      const written = await store.transaction({
        expect: [
          documents.vms.expectRevision(vmId, revision),
          documents.claims.expectAbsent(`vm.${vmId}`),
          ...this.#nameFree(vm, body.name),
        ],
        writes: [documents.vms.write(vmId, next), ...this.#nameWrites(vmId, vm, body.name)],
      })
      await documents.vms.cache.waitFor(written.revision)
    } catch (error) {
      if (!(error instanceof StoreConflictError)) throw error
      throw this.#conflictOf(error, vm, body.name ?? vm.name, changed)
    }
    return this.#view(vmId)
  }

  /** The serial line's bytes, both ways. */
  async openSerial(caller: Caller, vmId: string): Promise<Duplex> {
    const { value: vm } = lookUp(caller, 'vm', this.#parts.documents.vms, vmId)
    this.#refuseState(vmId, vm, 'console')
    try {
      const line = await this.#parts.agents.openSerial(vm.hostId, vmId)
      if (line !== undefined) return line
    } catch (error) {
      if (error instanceof HostUnreachableError) throw this.#unreachable(vm.hostId, error)
      throw error
    }
    throw new AppError([this.#stateRefusal(vmId, vm, 'console')])
  }

  async #act(
    request: ChangeRequest,
    vmId: string,
    action: VmAction,
    work: { workflow: string; input: Parameters<Engine['begin']>[0]['input']; change?: Partial<VmDoc> },
  ): Promise<Task> {
    const { documents, engine, requests } = this.#parts
    return retryConflicts(this.#parts.documents.vms.cache, async () => {
      const repeated = requests.repeated(request)
      if (repeated !== undefined) return repeated
      const { value: vm, revision } = lookUp(request.caller, 'vm', documents.vms, vmId)
      this.#refuseBusy(vmId, vm)
      this.#refuseState(vmId, vm, action)
      const taskId = newId()
      const { expect, writes } = requests.remember(request, taskId)
      await engine.begin({
        taskId,
        workflow: work.workflow,
        action: request.operation,
        target: { kind: 'VM', id: vmId, name: vm.name },
        hostId: vm.hostId,
        caller: request.caller.userName,
        input: work.input,
        claims: [`vm.${vmId}`],
        expect: [...expect, documents.vms.expectRevision(vmId, revision)],
        writes: [
          ...writes,
          ...(work.change === undefined ? [] : [documents.vms.write(vmId, { ...vm, ...work.change })]),
        ],
      })
      return this.#begun(taskId)
    })
  }

  /** Who forces a stop does not want to wait for the guest any more. */
  async #endSafeStop(caller: Caller, vmId: string): Promise<void> {
    lookUp(caller, 'vm', this.#parts.documents.vms, vmId)
    const task = this.#task(vmId)
    if (task?.action !== 'vmStop' || !task.cancellable) return
    this.#parts.engine.cancel(task.id)
    await this.#parts.engine.wait(task.id, CANCEL_TIMEOUT_MS)
  }

  #begun(taskId: string): Task {
    const task = this.#parts.engine.view(taskId)
    if (task === undefined) throw new Error(`task ${taskId} vanished`)
    return task
  }

  #view(id: string): Vm {
    const { documents, store, agents } = this.#parts
    const { value: vm, revision } = documents.vms.get(id)
    return vmView({
      id,
      vm,
      status: documents.vmStatuses.find(id)?.value,
      revision: tokenEncode(store.epoch, revision),
      isHostReachable: agents.isReachable(vm.hostId),
      task: this.#task(id),
    })
  }

  #refuseBusy(vmId: string, vm: VmDoc): void {
    const task = this.#task(vmId)
    if (task !== undefined) throw refuse('busy', { kind: 'VM', name: vm.name, taskId: task.id, action: task.action })
  }

  /** The task that holds the VM now. */
  #task(vmId: string): Task | undefined {
    const claim = this.#parts.documents.claims.find(`vm.${vmId}`)
    return claim === undefined ? undefined : this.#parts.engine.view(claim.value.taskId)
  }

  #state(vmId: string, vm: VmDoc): VmState {
    return vmState(vm, this.#parts.documents.vmStatuses.find(vmId)?.value, this.#task(vmId)?.action)
  }

  #refuseState(vmId: string, vm: VmDoc, action: VmAction): void {
    const state = this.#state(vmId, vm)
    if (!isAllowed(action, state)) throw new AppError([this.#stateRefusal(vmId, vm, action)])
  }

  #stateRefusal(vmId: string, vm: VmDoc, action: VmAction): Refusal {
    const state = this.#state(vmId, vm)
    const allowed = allowedActions(state).join(', ') || 'nothing'
    return refusal('vm_state', { name: vm.name, state, action, allowed })
  }

  #unreachable(hostId: string, cause: unknown): AppError {
    const host = this.#parts.documents.hosts.find(hostId)?.value.name ?? hostId
    return refuse('host_unreachable', { host }, { cause })
  }

  /** The key that holds a VM's name changes with it; only its letters' case may change without a new key. */
  #renamed(vm: VmDoc, name: string | undefined): Partial<VmDoc> {
    if (name === undefined) return {}
    const keys = vm.keys.map((key) => (key.kind === 'vm-name' ? { ...key, id: name.toLowerCase() } : key))
    return { name, keys }
  }

  #nameFree(vm: VmDoc, name: string | undefined) {
    if (name === undefined || name.toLowerCase() === vm.name.toLowerCase()) return []
    return [this.#parts.documents.vmNames.expectAbsent(name.toLowerCase())]
  }

  #nameWrites(vmId: string, vm: VmDoc, name: string | undefined) {
    if (name === undefined || name.toLowerCase() === vm.name.toLowerCase()) return []
    const { vmNames } = this.#parts.documents
    return [vmNames.remove(vm.name.toLowerCase()), vmNames.write(name.toLowerCase(), { owner: vmId })]
  }

  #conflictOf(error: StoreConflictError, vm: VmDoc, name: string, changed: AppError): AppError {
    if (error.kind === 'vm-name') return refuse('name_taken', { kind: 'VM', name })
    if (error.kind !== 'claim') return changed
    const taskId = this.#parts.documents.claims.find(error.id)?.value.taskId ?? 'unknown'
    return refuse('busy', { kind: 'VM', name: vm.name, taskId, action: 'work' })
  }
}
