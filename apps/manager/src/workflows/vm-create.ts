import { isSamePolicy, type JsonObject, USUAL_CRASH_POLICY, type VmCrashPolicy } from '@viv/common'
import type { OpInput } from '../agents/host-agents.ts'
import { wantedTurn } from '../domain/autostart.ts'
import { deedOf, vmHistory } from '../domain/history.ts'
import type { DiskSizes } from '../domain/vm.ts'
import { withSizes } from '../domain/disk-sizes.ts'
import type { Documents } from '../store/documents.ts'
import type { Write } from '../store/store.ts'
import { agentStep, type Step, type StepContext, type Workflow } from './workflow.ts'

export type VmCreateInput = JsonObject & {
  readonly vmId: string
  /** Set where the image is built in and was not made yet when the task began. */
  readonly buildImageId?: string
  readonly disks: readonly (JsonObject & {
    readonly volumeId: string
    readonly sizeMib?: number
    readonly image?: JsonObject & {
      readonly volumeId: string
      readonly name: string
      readonly format: 'qcow2' | 'raw'
      readonly use: 'overlay' | 'copy'
    }
  })[]
  readonly start: boolean
}

/**
 * Creates a VM.
 *
 *   (begin)   store   the VM as "creating", its name, uid, MAC and ports
 *   image     agent   make the built-in image, where it is not there yet     undo: it may stay
 *   define    agent   the VM's folder with vm.json                           undo: remove it
 *   disk-N    agent   each disk's volume                                     undo: delete it
 *   (end)     store   "ready"; or, after an undo, nothing of it
 */
export const vmCreate: Workflow<VmCreateInput> = {
  name: 'vm-create',
  version: 1,
  steps: (input) => [...imageSteps(input), defineStep(input), ...input.disks.map((_, index) => diskStep(input, index))],
  onSuccess: ({ vmId, disks }, context) => {
    const { taskId, task, documents } = context
    const vm = { ...withSizes(documents.vms.get(vmId).value, madeSizes(disks, context)), lifecycle: 'ready' } as const
    const history = vmHistory(vmId, vm, deedOf(taskId, task))
    return [documents.vms.write(vmId, vm), documents.outbox.write(taskId, history)]
  },
  onUndone: ({ vmId }, { documents }) => vmRemoval(documents, vmId),
  followUp: ({ vmId, start }) => (start ? { workflow: 'vm-start', action: 'vmStart', input: { vmId } } : undefined),
}

/** What the steps of these disks have made. */
export function madeSizes(disks: readonly { readonly volumeId: string }[], context: StepContext): DiskSizes {
  const sizes = disks.map(({ volumeId }, index) => {
    const made = context.output<JsonObject & { readonly sizeMib: number }>(`disk-${index + 1}`)
    return [volumeId, made?.sizeMib] as const
  })
  return Object.fromEntries(sizes.filter((each): each is [string, number] => each[1] !== undefined))
}

function imageSteps({ buildImageId }: VmCreateInput): Step[] {
  return buildImageId === undefined ? [] : [imageBuildStep(buildImageId)]
}

/** Also a workflow of its own (image-build.ts). Made images are kept, so there is nothing to undo on the host. */
export function imageBuildStep(imageId: string): Step {
  return agentStep({
    name: 'image',
    title: 'Making the built-in image from Debian packages',
    kind: 'undoable',
    op: 'imageBuild',
    input: ({ documents }) => {
      const { volumeId, name, builtin } = documents.images.get(imageId).value
      return { volumeId, name, builtin: builtin ?? 'micro' }
    },
    writes: ({ documents }, made) => {
      const image = documents.images.get(imageId).value
      return image.state === 'ready' ? [] : [documents.images.write(imageId, { ...image, state: 'ready', ...made })]
    },
  })
}

/** `received`: volumes that were sent, with what its UEFI and its TPM begin with. */
export function defineStep({
  vmId,
  sourceId,
  received,
}: {
  readonly vmId: string
  readonly sourceId?: string
  readonly received?: OpInput<'vmDefine'>['received']
}): Step {
  return agentStep({
    name: 'define',
    title: 'Writing the VM down on its host',
    kind: 'undoable',
    op: 'vmDefine',
    input: ({ documents }) => ({
      config: vmConfig(documents, vmId),
      ...(sourceId === undefined ? {} : { copyOf: sourceId }),
      ...(received === undefined ? {} : { received }),
    }),
  })
}

function diskStep({ vmId, disks }: VmCreateInput, index: number): Step {
  const disk = disks[index]
  return agentStep({
    name: `disk-${index + 1}`,
    title: disks.length === 1 ? 'Making the disk' : `Making disk ${index + 1} of ${disks.length}`,
    kind: 'undoable',
    op: 'volumeCreate',
    input: ({ documents }: StepContext) =>
      ({ vmId, name: documents.vms.get(vmId).value.name, ...disk }) as OpInput<'volumeCreate'>,
  })
}

/** A VM's config as its agent takes it. The document's revision is the config's. */
export function vmConfig(documents: Documents, vmId: string): OpInput<'vmStart'>['config'] {
  const { revision, value } = documents.vms.get(vmId)
  const { name, uidIndex, hardware, crashPolicy } = value
  const autostart = wantedTurn(value)
  const turn = autostart.enabled ? { order: autostart.order, delaySeconds: autostart.delaySeconds } : undefined
  return {
    vmId,
    name,
    uidIndex,
    revision,
    hardware,
    ...(turn === undefined ? {} : { autostart: turn }),
    ...(crashPolicy === undefined || isSamePolicy(crashPolicy) ? {} : { crashPolicy: toldPolicy(crashPolicy) }),
  }
}

/** An agent of the version before knows no watchdog's; it is told of one only where that is not as usual. */
function toldPolicy({ watchdog, ...before }: VmCrashPolicy): VmCrashPolicy {
  return watchdog === undefined || watchdog === USUAL_CRASH_POLICY.watchdog ? before : { ...before, watchdog }
}

/** Removes a VM and everything that exists for it alone. */
export function vmRemoval(documents: Documents, vmId: string): Write[] {
  const keys = documents.vms.find(vmId)?.value.keys ?? []
  return [
    documents.vms.remove(vmId),
    documents.vmStatuses.remove(vmId),
    ...keys.map(({ kind, id }): Write => ({ kind, id, isDelete: true })),
  ]
}
