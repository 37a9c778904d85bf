import { isUuid } from './volume-id.ts'
import type { ImageFormat } from '../domain/contract.ts'

/** `disk` belongs to one VM; the others are read-only and shared by all. */
export type VolumeRole = 'disk' | 'image' | 'kernel' | 'initrd' | 'iso'

const DATA_FILES = ['disk.qcow2', 'disk.raw', 'content'] as const
export type DataFile = (typeof DATA_FILES)[number]

/** What `volume.json` says. It is written last, so a volume without it was never finished. */
export interface VolumeRecord {
  readonly format: 1
  readonly role: VolumeRole
  readonly dataFile: DataFile
  readonly imageFormat: ImageFormat
  readonly virtualSizeBytes: number
  /** The volume whose content shows through where this one holds nothing. */
  readonly base?: string
}

export function dataFileOf(role: VolumeRole, format: ImageFormat): DataFile {
  if (role === 'kernel' || role === 'initrd' || role === 'iso') return 'content'
  return `disk.${format}`
}

/** Throws where the text is not a record that this version knows: then the volume is refused whole. */
export function parseRecord(text: string, path: string): VolumeRecord {
  const record = JSON.parse(text) as VolumeRecord
  if (record.format !== 1) throw new Error(`${path} has format ${String(record.format)}; this version knows 1`)
  const isKnown = DATA_FILES.includes(record.dataFile) && (record.base === undefined || isUuid(record.base))
  if (!isKnown) throw new Error(`${path} names a file or a base that no volume has`)
  return record
}
