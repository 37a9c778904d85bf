import type { Task } from '@viv/api'
import { type Effect, type Refusal, type VmAction, type Warning } from '@viv/common'
import type { VmDoc } from '../domain/vm.ts'
import type { Expectation, Write } from '../store/store.ts'
import type { Beginning } from '../workflows/engine.ts'
import { featureRefusal } from './agent-checks.ts'
import { asked, begunTask, hostWarnings } from './beginnings.ts'
import { newId } from './ids.ts'
import { lookUp } from './lookup.ts'
import type { ServiceParts } from './parts.ts'
import { type Planned, present, type Repeated } from './planned.ts'
import type { ChangeRequest } from './requests.ts'
import { busyRefusal, stateRefusal } from './vm-facts.ts'

/** A part that comes to a VM or leaves it: what it does, and how it is begun. */
export interface PartWork {
  readonly action: VmAction
  readonly workflow: string
  readonly effects: readonly Effect[]
  readonly warnings?: readonly Warning[]
  readonly refused: readonly Refusal[]
  /** Never called while anything is in the way. */
  begin(): {
    readonly input: Beginning['input']
    /** Written as it begins. */
    readonly vm?: VmDoc
    readonly expect?: readonly Expectation[]
    readonly writes?: readonly Write[]
  }
}

/** One piece of work on the parts of one VM, decided on. */
export function planPart(
  parts: ServiceParts,
  request: ChangeRequest,
  vmId: string,
  describe: (vm: VmDoc) => PartWork,
): Planned<Task> | Repeated<Task> {
  const repeated = parts.requests.repeated(request)
  if (repeated !== undefined) return { repeated }
  const { value: vm, revision } = lookUp(request.caller, 'vm', parts.documents.vms, vmId)
  const { action, workflow, effects, warnings = [], refused, begin } = describe(vm)
  return {
    effects,
    warnings: [...hostWarnings(parts, vm.hostId), ...warnings],
    blockers: [
      ...present(
        busyRefusal(parts, vmId, vm) ?? stateRefusal(parts, vmId, vm, action),
        // An agent of the version before would not look whether the VM runs.
        featureRefusal(parts, vm.hostId, 'devices'),
      ),
      ...refused,
    ],
    apply: async () => {
      const { documents, engine, requests } = parts
      const { input, vm: next, expect = [], writes = [] } = begin()
      const taskId = newId()
      const remembered = requests.remember(request, taskId)
      await engine.begin({
        taskId,
        workflow,
        ...asked(request),
        target: { kind: 'VM', id: vmId, name: vm.name },
        hostId: vm.hostId,
        input,
        claims: [`vm.${vmId}`],
        expect: [...remembered.expect, documents.vms.expectRevision(vmId, revision), ...expect],
        writes: [...remembered.writes, ...(next === undefined ? [] : [documents.vms.write(vmId, next)]), ...writes],
      })
      return begunTask(engine, taskId)
    },
  }
}
