import type { VmInput } from './vm-start.ts'
import { agentStep, type Workflow } from './workflow.ts'

/**
 * Gives up a VM's saved memory, so that it is stopped: `discard   agent   the file goes`, the pivot.
 */
export const vmDiscard: Workflow<VmInput> = {
  name: 'vm-discard',
  version: 1,
  steps: ({ vmId }) => [
    agentStep({
      name: 'discard',
      title: 'Deleting the saved memory',
      kind: 'pivot',
      op: 'vmDiscard',
      input: ({ documents }) => ({ vmId, name: documents.vms.get(vmId).value.name }),
    }),
  ],
}
