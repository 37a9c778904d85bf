import type { VmInput } from './vm-start.ts'
import { agentStep, type Workflow } from './workflow.ts'

/**
 * Lets a VM stand still until a person resumes it.
 *
 *   pause   agent   mark it in the run folder, QMP stop     undo: take the mark off, QMP cont
 *
 * The undo touches nothing but a pause that a person made: a VM that waits for room goes on waiting.
 */
export const vmPause: Workflow<VmInput> = {
  name: 'vm-pause',
  version: 1,
  steps: ({ vmId }) => [
    agentStep({
      name: 'pause',
      title: 'Pausing the guest',
      kind: 'undoable',
      op: 'vmPause',
      input: ({ documents }) => ({ vmId, name: documents.vms.get(vmId).value.name }),
    }),
  ],
}
