import { deedOf, imageHistory } from '../domain/history.ts'
import type { Documents } from '../store/documents.ts'
import type { Write } from '../store/store.ts'
import type { ImageInput } from './image-build.ts'
import { agentStep, type Workflow } from './workflow.ts'

export type ImageDeleteInput = ImageInput & {
  /** A built-in image goes back to "available", with a new volume for its next making. */
  readonly nextVolumeId: string
}

/**
 * Deletes an image that nothing is based on.
 *
 *   (begin)   store   "deleting"
 *   volume    agent   the volume goes                           the pivot
 *   (end)     store   the image goes; a built-in one stays, to be made again
 */
export const imageDelete: Workflow<ImageDeleteInput> = {
  name: 'image-delete',
  version: 1,
  steps: ({ imageId }) => [
    agentStep({
      name: 'volume',
      title: 'Deleting the image',
      kind: 'pivot',
      op: 'volumeDelete',
      input: ({ documents }) => ({ volumeId: documents.images.get(imageId).value.volumeId }),
    }),
  ],
  onSuccess: ({ imageId, nextVolumeId }, { taskId, task, documents }) => {
    const image = documents.images.get(imageId).value
    const { builtin, name, kind, format, hostId, createdAt } = image
    if (builtin === undefined) {
      const history = imageHistory(imageId, image, deedOf(taskId, task), true)
      return [...imageRemoval(documents, imageId), documents.outbox.write(taskId, history)]
    }
    const fresh = {
      builtin,
      name,
      kind,
      format,
      hostId,
      createdAt,
      state: 'available',
      volumeId: nextVolumeId,
    } as const
    return [documents.images.write(imageId, fresh)]
  },
  onUndone: ({ imageId }, { documents }) => [
    documents.images.write(imageId, { ...documents.images.get(imageId).value, state: 'ready' }),
  ],
}

export function imageRemoval(documents: Documents, imageId: string): Write[] {
  const image = documents.images.find(imageId)
  if (image === undefined) return []
  return [documents.images.remove(imageId), documents.imageNames.remove(image.value.name.toLowerCase())]
}
