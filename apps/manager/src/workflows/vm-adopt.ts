import { diskPart } from '@viv/api'
import type { JsonObject } from '@viv/common'
import type { OpInput } from '../agents/host-agents.ts'
import { withSizes } from '../domain/disk-sizes.ts'
import { deedOf, vmHistory } from '../domain/history.ts'
import type { DiskSizes } from '../domain/vm.ts'
import type { Awaited, HandIns } from './hand-ins.ts'
import { defineStep, vmRemoval } from './vm-create.ts'
import { agentStep, type Step, type StepContext, type Workflow } from './workflow.ts'

export type VmAdoptInput = JsonObject & {
  readonly vmId: string
  /** By their names in the package. */
  readonly parts: { readonly [part: string]: JsonObject & Awaited }
  readonly start: boolean
}

/**
 * Makes a VM of a package that somebody sends.
 *
 *   (begin)   store     the VM as "creating", its name, uid and MACs
 *   receive   manager   waits until every file has come, each as a volume that
 *                       is none yet                                               undo: delete them
 *   define    agent     the VM's folder with vm.json, and what its firmware and
 *                       TPM remember                                              undo: remove both
 *   adopt     agent     each disk is looked through and becomes the VM's; what
 *                       was read goes                                             undo: delete them
 *   (end)     store     "ready"; or, after an undo, nothing of it
 */
export const vmAdopt = (handIns: HandIns): Workflow<VmAdoptInput> => ({
  name: 'vm-adopt',
  version: 1,
  steps: (input) => [
    receiveStep(handIns, input),
    defineStep({ vmId: input.vmId, received: memoriesOf(input) }),
    adoptStep(input),
  ],
  onSuccess: ({ vmId }, { taskId, task, documents, output }) => {
    const adopted = output<JsonObject & { readonly sizesMib: DiskSizes }>('adopt')
    const vm = { ...withSizes(documents.vms.get(vmId).value, adopted?.sizesMib), lifecycle: 'ready' } as const
    return [documents.vms.write(vmId, vm), documents.outbox.write(taskId, vmHistory(vmId, vm, deedOf(taskId, task)))]
  },
  onUndone: ({ vmId }, { documents }) => vmRemoval(documents, vmId),
  followUp: ({ vmId, start }) => (start ? { workflow: 'vm-start', action: 'vmStart', input: { vmId } } : undefined),
})

function receiveStep(handIns: HandIns, input: VmAdoptInput): Step {
  return {
    name: 'receive',
    title: 'Waiting until its files are sent',
    kind: 'undoable',
    run: async ({ documents, task, signal }) => {
      const { vmId, parts } = input
      const { name } = documents.vms.get(vmId).value
      await handIns.collect({ vmId, name, hostId: task.hostId, parts: new Map(Object.entries(parts)), signal })
      return {}
    },
    undo: (context) => context.agentUndo('volumesAdopt', adoptInput(input, context)),
  }
}

/** By the files that hold them. */
function memoriesOf({ parts }: VmAdoptInput): OpInput<'vmDefine'>['received'] {
  return {
    ...(parts['uefi-variables.fd'] && { variables: parts['uefi-variables.fd'].volumeId }),
    ...(parts['tpm-state'] && { tpm: parts['tpm-state'].volumeId }),
  }
}

function adoptStep(input: VmAdoptInput): Step {
  return agentStep({
    name: 'adopt',
    title: 'Looking its disks through',
    kind: 'undoable',
    op: 'volumesAdopt',
    input: (context) => adoptInput(input, context),
  })
}

function adoptInput({ vmId, parts }: VmAdoptInput, { documents }: StepContext): OpInput<'volumesAdopt'> {
  const { name, hardware } = documents.vms.get(vmId).value
  const disks = hardware.disks.flatMap(({ slot }) => {
    const part = parts[diskPart(slot)]
    return part === undefined ? [] : [{ slot, volumeId: part.volumeId, sizeBytes: part.sizeBytes }]
  })
  const isDisk = (volumeId: string) => disks.some((disk) => disk.volumeId === volumeId)
  return {
    vmId,
    name,
    disks,
    read: Object.values(parts).flatMap(({ volumeId }) => (isDisk(volumeId) ? [] : volumeId)),
  }
}
