import { diskPart } from '@viv/api'
import type { JsonObject, VmHardware } from '@viv/common'
import type { HostFile } from '../agents/host-agents.ts'
import type { HandOuts } from './hand-outs.ts'
import { agentStep, type Step, type Workflow } from './workflow.ts'

export type VmPackInput = JsonObject & {
  readonly vmId: string
  readonly disks: readonly (JsonObject & {
    readonly slot: number
    readonly volumeId: string
    /** Of the whole copy that is made of it, where it does not stand alone. */
    readonly copyId?: string
  })[]
}

/**
 * Lets a VM be read as a package. It is claimed until the end, so nothing starts or changes it.
 *
 *   copy-N     agent     a whole copy of each disk that needs another below it     undo: delete it
 *   hand-out   manager   waits until somebody has read every file                  undo: nothing
 *   remove-N   agent     the copies go                                             forward only
 */
export const vmPack = (handOuts: HandOuts): Workflow<VmPackInput> => ({
  name: 'vm-pack',
  version: 1,
  steps: (input) => {
    const copies = input.disks.filter(({ copyId }) => copyId !== undefined)
    return [
      ...copies.map(({ volumeId, copyId = '' }, index) => copyStep(input.vmId, volumeId, copyId, index)),
      handOutStep(handOuts, input),
      ...copies.map(({ copyId = '' }, index) => removeStep(copyId, index)),
    ]
  },
})

function copyStep(vmId: string, sourceVolumeId: string, volumeId: string, index: number): Step {
  return agentStep({
    name: `copy-${index + 1}`,
    title: 'Making whole copies of its disks',
    kind: 'undoable',
    op: 'volumeCopy',
    input: ({ documents }) => ({ vmId, name: documents.vms.get(vmId).value.name, volumeId, sourceVolumeId }),
  })
}

function handOutStep(handOuts: HandOuts, { vmId, disks }: VmPackInput): Step {
  return {
    name: 'hand-out',
    title: 'Waiting until its files are read',
    kind: 'undoable',
    run: async ({ documents, task, signal }) => {
      const { name, hardware } = documents.vms.get(vmId).value
      await handOuts.offer({ vmId, name, hostId: task.hostId, parts: filesOf(vmId, disks, hardware), signal })
      return {}
    },
  }
}

function removeStep(volumeId: string, index: number): Step {
  return agentStep({
    name: `remove-${index + 1}`,
    title: 'Deleting the copies on the host',
    kind: 'forward',
    op: 'volumeDelete',
    input: () => ({ volumeId }),
  })
}

/** What each file of the package is on the host. */
function filesOf(vmId: string, disks: VmPackInput['disks'], { firmware, tpm }: VmHardware): Map<string, HostFile> {
  const ofDisks = disks.map(({ slot, volumeId, copyId }): [string, HostFile] => [
    diskPart(slot),
    { volumeId: copyId ?? volumeId },
  ])
  return new Map<string, HostFile>([
    ...ofDisks,
    ...(firmware === 'uefi' ? [['uefi-variables.fd', { vmId, memory: 'variables' }] as const] : []),
    ...(tpm === true ? [['tpm-state', { vmId, memory: 'tpm' }] as const] : []),
  ])
}
