import { lstat } from 'node:fs/promises'
import { refuse } from '@viv/common'
import { openNew } from './datastore-folder.ts'
import { asRefusal, type Owner } from './disk-create.ts'
import { copyIntoQcow2, createQcow2, type VolumeFile, type Work } from './qemu-img.ts'
import { changeOwner } from './seal.ts'
import type { VolumeRecord } from './volume-record.ts'

interface Copying {
  readonly file: string
  readonly name: string
  readonly record: VolumeRecord
  /** The disk and everything below it, top first. */
  readonly from: readonly VolumeFile[]
  readonly owner: Owner
  readonly imagesGid: number
  readonly work: Work
}

/** What a copy of that disk will be: as large, and with nothing below it. */
export function copyRecord(sourceVolumeId: string, { role, virtualSizeBytes }: VolumeRecord): VolumeRecord {
  if (role !== 'disk') throw refuse('image_kind', { name: sourceVolumeId, actual: role, wanted: 'disk of a VM' })
  return { format: 1, role: 'disk', dataFile: 'disk.qcow2', imageFormat: 'qcow2', virtualSizeBytes }
}

/**
 * Copies a disk. The tool runs as the user of the VM that is copied: whatever a guest may have made of its disk, the
 * tool can read nothing of anybody else's. The copy becomes the new VM's only when it is whole. A disk that a QEMU
 * writes to is locked, and refused by the tool.
 */
export async function copyDisk({ file, name, record, from, owner, imagesGid, work }: Copying): Promise<void> {
  const [source] = from
  if (source === undefined) throw new Error(`there is nothing to copy into ${file}`)
  const { virtualSizeBytes } = record
  const { uid, gid } = await lstat(source.file)
  const as = { uid, gid, groups: [imagesGid] }
  await (await openNew(file, { uid, gid }, 0o600)).close()
  const progress = (fraction: number): void => work.progress(fraction, 'copying the disk')
  try {
    await createQcow2({ file, virtualSizeBytes }, as, work.signal)
    await copyIntoQcow2(source, { file, virtualSizeBytes }, as, { signal: work.signal, progress })
  } catch (error) {
    throw asRefusal(error, name, virtualSizeBytes)
  }
  await changeOwner(file, owner)
}
