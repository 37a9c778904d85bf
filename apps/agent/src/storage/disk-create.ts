import { type AppError, refuse, VM_LIMITS } from '@viv/common'
import type { OpInput } from '../domain/contract.ts'
import { type DatastoreFolder, openNew } from './datastore-folder.ts'
import { outOfSpace } from './incoming.ts'
import { copyIntoQcow2, createQcow2, type VolumeFile, type Work } from './qemu-img.ts'
import { ToolFailedError } from './tool.ts'
import type { VolumeRecord } from './volume-record.ts'

/** Whom a VM's disk belongs to: the user that its QEMU runs as. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** What a disk will be; decided before anything is made. */
export interface DiskPlan {
  readonly volumeId: string
  readonly record: VolumeRecord
  readonly imageVolumeId?: string
}

interface Filling {
  readonly file: string
  readonly name: string
  readonly plan: DiskPlan
  readonly image: VolumeFile | undefined
  readonly owner: Owner
  readonly imagesGid: number
  readonly work: Work
}

const MIB = 1024 ** 2

/** An image need not end at a whole MiB; people are told the size that holds it. */
export const sizeMib = (bytes: number): number => Math.ceil(bytes / MIB)

export async function planDisk(datastore: DatastoreFolder, input: OpInput<'volumeCreate'>): Promise<DiskPlan> {
  const { volumeId, image } = input
  const askedBytes = (input.sizeMib ?? 0) * MIB
  if ((input.sizeMib ?? 0) > VM_LIMITS.diskMibMax)
    throw refused(volumeId, `no disk is larger than ${VM_LIMITS.diskMibMax} MiB`)
  const empty = { format: 1, role: 'disk', dataFile: 'disk.qcow2', imageFormat: 'qcow2' } as const
  if (image === undefined) {
    if (askedBytes === 0) throw refused(volumeId, 'an empty disk needs a size')
    return { volumeId, record: { ...empty, virtualSizeBytes: askedBytes } }
  }
  const virtualSizeBytes = Math.max(askedBytes, await imageSize(datastore, input, image))
  const base = image.use === 'overlay' ? { base: image.volumeId } : {}
  return { volumeId, imageVolumeId: image.volumeId, record: { ...empty, virtualSizeBytes, ...base } }
}

async function imageSize(
  datastore: DatastoreFolder,
  input: OpInput<'volumeCreate'>,
  image: { volumeId: string; name: string },
): Promise<number> {
  const { role, virtualSizeBytes } = await datastore.get(image.volumeId)
  if (role !== 'image') throw refuse('image_kind', { name: image.name, actual: role, wanted: 'disk image' })
  const imageMib = sizeMib(virtualSizeBytes)
  if (input.sizeMib !== undefined && input.sizeMib < imageMib) {
    throw refuse('disk_too_small', { wantedMib: input.sizeMib, name: image.name, imageMib })
  }
  return virtualSizeBytes
}

/**
 * Makes the data file. It is there, empty and the VM's, before the tool comes: so the tool runs as the VM's own
 * user and can write this one file and nothing beside it.
 */
export async function fillDisk({ file, name, plan, image, owner, imagesGid, work }: Filling): Promise<void> {
  const { virtualSizeBytes, base } = plan.record
  const as = { ...owner, groups: image === undefined ? [] : [imagesGid] }
  await (await openNew(file, owner, 0o600)).close()
  try {
    const below = base === undefined || image === undefined ? {} : { base: image }
    await createQcow2({ file, virtualSizeBytes, ...below }, as, work.signal)
    if (image !== undefined && base === undefined) await copyIntoQcow2(image, { file, virtualSizeBytes }, as, work)
  } catch (error) {
    throw asRefusal(error, name, virtualSizeBytes)
  }
}

export function asRefusal(error: unknown, name: string, virtualSizeBytes: number): unknown {
  if (!(error instanceof ToolFailedError)) return error
  if (error.isOutOfSpace) return outOfSpace(virtualSizeBytes, error)
  return refuse('volume_tool_failed', { name, output: error.output }, { cause: error })
}

function refused(volumeId: string, problem: string): AppError {
  return refuse('agent_refused', { step: `volume ${volumeId}`, problem })
}
