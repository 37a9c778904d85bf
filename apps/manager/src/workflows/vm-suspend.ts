import type { VmInput } from './vm-start.ts'
import { agentStep, type Workflow } from './workflow.ts'

export type VmSuspendInput = VmInput & { readonly timeoutSeconds: number }

/**
 * Lets the guest put itself to sleep.
 *
 *   suspend   agent   ask the guest's agent, and wait until QEMU says so     undo: wait no longer
 *
 * What a guest was asked for cannot be unasked: one that falls asleep later is shown paused then.
 */
export const vmSuspend: Workflow<VmSuspendInput> = {
  name: 'vm-suspend',
  version: 1,
  steps: ({ vmId, timeoutSeconds }) => [
    agentStep({
      name: 'suspend',
      title: 'Waiting for the guest to fall asleep',
      kind: 'undoable',
      op: 'vmSuspend',
      input: ({ documents }) => ({ vmId, name: documents.vms.get(vmId).value.name, timeoutSeconds }),
    }),
  ],
}
