import type { JsonObject } from '@viv/common'
import { vmConfig } from './vm-create.ts'
import { agentStep, type Workflow } from './workflow.ts'

export type VmInput = JsonObject & { readonly vmId: string }

/**
 * Starts a VM.
 *
 *   launch   agent   QEMU runs the guest     undo: end the process, and refuse a late start
 */
export const vmStart: Workflow<VmInput> = {
  name: 'vm-start',
  version: 1,
  steps: ({ vmId }) => [
    agentStep({
      name: 'launch',
      title: 'Starting QEMU',
      kind: 'undoable',
      op: 'vmStart',
      input: ({ documents }) => ({ config: vmConfig(documents, vmId) }),
    }),
  ],
}
