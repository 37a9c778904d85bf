import type { VmHardware } from '@viv/common'
import { withSizes } from '../domain/disk-sizes.ts'
import { deedOf, vmHistory } from '../domain/history.ts'
import type { Documents } from '../store/documents.ts'
import type { Write } from '../store/store.ts'
import { vmConfig } from './vm-create.ts'
import { agentStep, type Step, type StepContext } from './workflow.ts'

/**
 * Its host may start the VM by itself at any time: it is told of another machine before the work ends, and refuses one
 * that a process is older than.
 */
export function tellStep(vmId: string): Step {
  return agentStep({
    name: 'tell',
    title: 'Writing the VM down on its host',
    kind: 'pivot',
    op: 'vmConfigure',
    input: ({ documents }) => ({ config: vmConfig(documents, vmId), whileStopped: true }),
  })
}

/** The VM with another machine. */
export function hardwareWrite({ vms }: Documents, vmId: string, change: (hardware: VmHardware) => VmHardware): Write[] {
  const vm = vms.get(vmId).value
  return [vms.write(vmId, withSizes({ ...vm, hardware: change(vm.hardware) }))]
}

/** As the history keeps it once all of it is done: the VM is claimed, so nobody else has changed it. */
export function partHistory({ vmId }: { readonly vmId: string }, { taskId, task, documents }: StepContext): Write[] {
  return [documents.outbox.write(taskId, vmHistory(vmId, documents.vms.get(vmId).value, deedOf(taskId, task)))]
}
