import type { VmInput } from './vm-start.ts'
import { agentStep, type Workflow } from './workflow.ts'

/** Presses the reset button: `reset   agent   QMP system_reset`. */
export const vmReset: Workflow<VmInput> = {
  name: 'vm-reset',
  version: 1,
  steps: ({ vmId }) => [
    agentStep({
      name: 'reset',
      title: 'Resetting the guest',
      kind: 'pivot',
      op: 'vmReset',
      input: ({ documents }) => ({ vmId, name: documents.vms.get(vmId).value.name }),
    }),
  ],
}
