import type { Duplex, Readable } from 'node:stream'
import type {
  AnyListQuery,
  DeleteQuery,
  Page,
  Task,
  Vm,
  VmAdopt,
  VmChangeDisc,
  VmClone,
  VmCreate,
  VmDiskAdd,
  VmNicAdd,
  VmPackage,
  VmReboot,
  VmRevert,
  VmStop,
  VmSuspend,
  VmUpdate,
} from '@viv/api'
import { AppError, type Refusal, refuse } from '@viv/common'
import { HostUnreachableError } from '../agents/errors.ts'
import type { HandIns } from '../workflows/hand-ins.ts'
import type { Download, HandOuts } from '../workflows/hand-outs.ts'
import type { Caller } from '../auth/caller.ts'
import type { HistoryService } from './history.ts'
import type { ListView } from './list-view.ts'
import { lookUp } from './lookup.ts'
import type { Planned, Repeated } from './planned.ts'
import type { ServiceParts } from './parts.ts'
import type { ChangeRequest } from './requests.ts'
import {
  planVmDelete,
  planVmDiscard,
  planVmHibernate,
  planVmPause,
  planVmPurge,
  planVmReboot,
  planVmReset,
  planVmRestore,
  planVmResume,
  planVmStart,
  planVmStop,
  planVmSuspend,
} from './vm-actions.ts'
import { planVmAdopt } from './vm-adopt-plan.ts'
import { planVmCdAdd, planVmCdRemove } from './vm-cd.ts'
import { planVmClone } from './vm-clone-plan.ts'
import { planVmCreate } from './vm-create-plan.ts'
import { planVmChangeDisc } from './vm-disc-plan.ts'
import { planVmDiskAdd, planVmDiskRemove } from './vm-disks.ts'
import { planVmUpdate } from './vm-edits.ts'
import { findVmView, stateRefusal } from './vm-facts.ts'
import { vmList } from './vm-list.ts'
import { planVmNicAdd, planVmNicRemove } from './vm-nics.ts'
import { packageOf, planVmPack } from './vm-pack-plan.ts'
import { planVmRevert } from './vm-revert.ts'

/** What can be asked about VMs and done to them. A change is decided on here and carried out, or only told, by http/. */
export class VmService {
  readonly #parts: ServiceParts
  readonly #history: HistoryService
  readonly #list: ListView<Vm>
  readonly #handOuts: HandOuts
  readonly #handIns: HandIns

  constructor(parts: ServiceParts, history: HistoryService, handOuts: HandOuts, handIns: HandIns) {
    this.#parts = parts
    this.#history = history
    this.#handOuts = handOuts
    this.#handIns = handIns
    this.#list = vmList(parts)
  }

  list(caller: Caller, query: AnyListQuery): Page<Vm> {
    return this.#list.page(caller, query)
  }

  get(caller: Caller, vmId: string): Vm {
    lookUp(caller, 'vm', this.#parts.documents.vms, vmId)
    return findVmView(this.#parts, vmId) as Vm
  }

  /** Its VMs are shown with another word about their host. */
  hostChanged(hostId: string): void {
    this.#list.refresh(this.#list.idsOf('hostId', hostId))
  }

  create(request: ChangeRequest, body: VmCreate): Planned<Task> | Repeated<Task> {
    return planVmCreate(this.#parts, request, body)
  }

  start(request: ChangeRequest, vmId: string): Planned<Task> | Repeated<Task> {
    return planVmStart(this.#parts, request, vmId)
  }

  stop(request: ChangeRequest, vmId: string, body: VmStop): Planned<Task> | Repeated<Task> {
    return planVmStop(this.#parts, request, vmId, body)
  }

  pause(request: ChangeRequest, vmId: string): Planned<Task> | Repeated<Task> {
    return planVmPause(this.#parts, request, vmId)
  }

  resume(request: ChangeRequest, vmId: string): Planned<Task> | Repeated<Task> {
    return planVmResume(this.#parts, request, vmId)
  }

  reboot(request: ChangeRequest, vmId: string, body: VmReboot): Planned<Task> | Repeated<Task> {
    return planVmReboot(this.#parts, request, vmId, body)
  }

  suspend(request: ChangeRequest, vmId: string, body: VmSuspend): Planned<Task> | Repeated<Task> {
    return planVmSuspend(this.#parts, request, vmId, body)
  }

  hibernate(request: ChangeRequest, vmId: string): Planned<Task> | Repeated<Task> {
    return planVmHibernate(this.#parts, request, vmId)
  }

  discard(request: ChangeRequest, vmId: string): Planned<Task> | Repeated<Task> {
    return planVmDiscard(this.#parts, request, vmId)
  }

  reset(request: ChangeRequest, vmId: string): Planned<Task> | Repeated<Task> {
    return planVmReset(this.#parts, request, vmId)
  }

  changeDisc(request: ChangeRequest, vmId: string, body: VmChangeDisc): Planned<Task> | Repeated<Task> {
    return planVmChangeDisc(this.#parts, request, vmId, body)
  }

  delete(request: ChangeRequest, vmId: string, query: DeleteQuery): Planned<Task> | Repeated<Task> {
    return planVmDelete(this.#parts, request, vmId, query)
  }

  pack(request: ChangeRequest, vmId: string): Promise<Planned<Task> | Repeated<Task>> {
    return planVmPack(this.#parts, request, vmId)
  }

  /** Only while its task waits for a reader: then nothing changes it. */
  package(caller: Caller, vmId: string): VmPackage {
    const { value } = lookUp(caller, 'vm', this.#parts.documents.vms, vmId)
    if (!this.#handOuts.isOpen(vmId)) throw refuse('not_ready_to_read', { name: value.name })
    return packageOf(value)
  }

  async part(caller: Caller, vmId: string, part: string): Promise<Download> {
    const { value: vm } = lookUp(caller, 'vm', this.#parts.documents.vms, vmId)
    try {
      return await this.#handOuts.read(vmId, vm.name, part)
    } catch (error) {
      if (error instanceof HostUnreachableError) throw this.#unreachable(vm.hostId, error)
      throw error
    }
  }

  adopt(request: ChangeRequest, body: VmAdopt): Planned<Task> | Repeated<Task> {
    return planVmAdopt(this.#parts, request, body)
  }

  async receivePart(caller: Caller, vmId: string, part: string, sizeBytes: number, content: Readable): Promise<void> {
    const { value: vm } = lookUp(caller, 'vm', this.#parts.documents.vms, vmId)
    try {
      await this.#handIns.receive(vmId, vm.name, part, sizeBytes, content)
    } catch (error) {
      if (error instanceof HostUnreachableError) throw this.#unreachable(vm.hostId, error)
      throw error
    }
  }

  clone(request: ChangeRequest, vmId: string, body: VmClone): Promise<Planned<Task> | Repeated<Task>> {
    return planVmClone(this.#parts, request, vmId, body)
  }

  addDisk(request: ChangeRequest, vmId: string, body: VmDiskAdd): Planned<Task> | Repeated<Task> {
    return planVmDiskAdd(this.#parts, request, vmId, body)
  }

  removeDisk(request: ChangeRequest, vmId: string, volumeId: string): Planned<Task> | Repeated<Task> {
    return planVmDiskRemove(this.#parts, request, vmId, volumeId)
  }

  addNic(request: ChangeRequest, vmId: string, body: VmNicAdd): Planned<Task> | Repeated<Task> {
    return planVmNicAdd(this.#parts, request, vmId, body)
  }

  removeNic(request: ChangeRequest, vmId: string, mac: string): Planned<Task> | Repeated<Task> {
    return planVmNicRemove(this.#parts, request, vmId, mac)
  }

  addCd(request: ChangeRequest, vmId: string): Planned<Task> | Repeated<Task> {
    return planVmCdAdd(this.#parts, request, vmId)
  }

  removeCd(request: ChangeRequest, vmId: string): Planned<Task> | Repeated<Task> {
    return planVmCdRemove(this.#parts, request, vmId)
  }

  restore(request: ChangeRequest, vmId: string): Planned<Task> | Repeated<Task> {
    return planVmRestore(this.#parts, request, vmId)
  }

  purge(request: ChangeRequest, vmId: string): Planned<Task> | Repeated<Task> {
    return planVmPurge(this.#parts, request, vmId)
  }

  /** Ids of the VMs in the recycle bin. */
  recycled(): string[] {
    return this.#list.idsOf('state', 'recycled')
  }

  update(request: ChangeRequest, vmId: string, ifMatch: string, body: VmUpdate): Planned<Vm> {
    return planVmUpdate(this.#parts, request, vmId, ifMatch, body)
  }

  revert(request: ChangeRequest, vmId: string, ifMatch: string, { entryId }: VmRevert): Promise<Planned<Vm>> {
    return planVmRevert(this.#parts, this.#history, request, { vmId, ifMatch, entryId })
  }

  /** The bytes of the serial line, or of the screen (RFB), both ways. */
  async openConsole(caller: Caller, vmId: string, which: 'serial' | 'screen'): Promise<Duplex> {
    const { agents } = this.#parts
    const { value: vm } = lookUp(caller, 'vm', this.#parts.documents.vms, vmId)
    const refused = () => stateRefusal(this.#parts, vmId, vm, 'console')
    const before = refused()
    if (before !== undefined) throw new AppError([before])
    try {
      const line = await (which === 'serial' ? agents.openSerial(vm.hostId, vmId) : agents.openScreen(vm.hostId, vmId))
      if (line !== undefined) return line
    } catch (error) {
      if (error instanceof HostUnreachableError) throw this.#unreachable(vm.hostId, error)
      throw error
    }
    throw new AppError([refused() ?? notRunning(vm.name)])
  }

  #unreachable(hostId: string, cause: unknown): AppError {
    const host = this.#parts.documents.hosts.find(hostId)?.value.name ?? hostId
    return refuse('host_unreachable', { host }, { cause })
  }
}

/** The agent has no line of it: it ended just now, and the stream has not told us yet. */
const notRunning = (name: string): Refusal => ({
  reason: 'vm_state',
  facts: { name, state: 'stopped', action: 'console', allowed: 'start' },
})
