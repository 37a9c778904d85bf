import type { JsonObject } from '@viv/common'
import { agentStep, type Workflow } from './workflow.ts'

export type VmStopInput = JsonObject & {
  readonly vmId: string
  readonly mode: 'safe' | 'force'
  readonly timeoutSeconds: number
}

/**
 * Stops a VM. A shutdown that a guest was asked for cannot be taken back, so the one step is the pivot: it ends
 * with the VM stopped, or with the clear answer that the guest did not.
 *
 *   stop   agent   ask the guest's agent, else ACPI, else say so; or end the process
 */
export const vmStop: Workflow<VmStopInput> = {
  name: 'vm-stop',
  version: 1,
  steps: ({ vmId, mode, timeoutSeconds }) => [
    agentStep({
      name: 'stop',
      title: mode === 'safe' ? 'Waiting for the guest to shut down' : 'Ending the process',
      kind: 'pivot',
      op: 'vmStop',
      input: ({ documents }) => ({ vmId, name: documents.vms.get(vmId).value.name, mode, timeoutSeconds }),
    }),
  ],
}
