import type { Image } from '@viv/api'
import { withoutUndefined } from './vm.ts'

/** A read-only volume that VMs are made from. */
export interface ImageDoc {
  readonly name: string
  readonly kind: 'disk' | 'kernel' | 'initrd' | 'iso'
  readonly format: 'qcow2' | 'raw'
  /** `available`: built in, made when it is first used. */
  readonly state: 'available' | 'creating' | 'ready' | 'deleting'
  readonly builtin?: 'micro'
  readonly hostId: string
  readonly volumeId: string
  readonly sizeBytes?: number
  readonly virtualSizeBytes?: number
  readonly versions?: Readonly<Record<string, string>>
  readonly createdAt: string
}

export function imageView(id: string, image: ImageDoc, revision: string, taskId: string | undefined): Image {
  return withoutUndefined({ id, ...image, versions: image.versions && { ...image.versions }, revision, taskId })
}
