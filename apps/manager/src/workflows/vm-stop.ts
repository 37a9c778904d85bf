import type { JsonObject } from '@viv/common'
import { agentStep, type Workflow } from './workflow.ts'

export type VmStopInput = JsonObject & {
  readonly vmId: string
  readonly mode: 'safe' | 'force'
  readonly timeoutSeconds: number
}

/**
 * Stops a VM: it ends with the VM stopped, or with the clear answer that the guest did not.
 *
 *   stop   agent   safe: ask the guest's agent, else ACPI, and wait     undo: wait no longer
 *                  force: end the process                               the pivot
 *
 * What a guest was asked for cannot be unasked: one that shuts down later is shown stopped then.
 */
export const vmStop: Workflow<VmStopInput> = {
  name: 'vm-stop',
  version: 1,
  steps: ({ vmId, mode, timeoutSeconds }) => [
    agentStep({
      name: 'stop',
      title: mode === 'safe' ? 'Waiting for the guest to shut down' : 'Ending the process',
      kind: mode === 'safe' ? 'undoable' : 'pivot',
      op: 'vmStop',
      input: ({ documents }) => ({ vmId, name: documents.vms.get(vmId).value.name, mode, timeoutSeconds }),
    }),
  ],
}
