import { vmConfig } from './vm-create.ts'
import type { VmInput } from './vm-start.ts'
import { agentStep, type Workflow } from './workflow.ts'

/**
 * Starts a VM with the memory that was saved.
 *
 *   load   agent   QEMU waits for memory, is fed the file, the file goes, QMP cont
 *
 * The pivot: until the file goes a failure ends the process and leaves the VM hibernated, after it the guest runs. There
 * is no undo, since there would be nothing to go back to.
 */
export const vmWake: Workflow<VmInput> = {
  name: 'vm-wake',
  version: 1,
  steps: ({ vmId }) => [
    agentStep({
      name: 'load',
      title: 'Loading the memory',
      kind: 'pivot',
      op: 'vmWake',
      input: ({ documents }) => ({ config: vmConfig(documents, vmId) }),
    }),
  ],
}
