import type { VmInput } from './vm-start.ts'
import { agentStep, type Workflow } from './workflow.ts'

/**
 * Lets a paused VM go on: `resume   agent   QMP cont (a guest that sleeps is woken), then the mark comes off`.
 *
 * The pivot: one that fails has not made it run, and one that is repeated finds it running.
 */
export const vmResume: Workflow<VmInput> = {
  name: 'vm-resume',
  version: 1,
  steps: ({ vmId }) => [
    agentStep({
      name: 'resume',
      title: 'Letting the guest go on',
      kind: 'pivot',
      op: 'vmResume',
      input: ({ documents }) => ({ vmId, name: documents.vms.get(vmId).value.name }),
    }),
  ],
}
