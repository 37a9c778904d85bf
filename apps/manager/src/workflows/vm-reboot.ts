import type { JsonObject } from '@viv/common'
import { agentStep, type StepContext, type Workflow } from './workflow.ts'

export type VmRebootInput = JsonObject & {
  readonly vmId: string
  readonly mode: 'safe' | 'force'
  readonly timeoutSeconds: number
}

/**
 * Boots the guest again in the process that runs.
 *
 *   reboot   agent   safe: ask the guest's agent, and wait for the reset     undo: wait no longer
 *                    force: QMP system_reset                                 the pivot
 *
 * What a guest was asked for cannot be unasked. Where the agent of the host is restarted between the asking and the
 * answer the guest is asked again, and may boot twice.
 */
export const vmReboot: Workflow<VmRebootInput> = {
  name: 'vm-reboot',
  version: 1,
  steps: ({ vmId, mode, timeoutSeconds }) => {
    const target = ({ documents }: StepContext) => ({ vmId, name: documents.vms.get(vmId).value.name })
    if (mode === 'force') {
      return [agentStep({ name: 'reboot', title: 'Resetting the guest', kind: 'pivot', op: 'vmReset', input: target })]
    }
    return [
      agentStep({
        name: 'reboot',
        title: 'Waiting for the guest to reboot',
        kind: 'undoable',
        op: 'vmReboot',
        input: (context) => ({ ...target(context), timeoutSeconds }),
      }),
    ]
  },
}
