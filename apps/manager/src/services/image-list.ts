import type { Image } from '@viv/api'
import { imageView } from '../domain/image.ts'
import { nameKey } from '../domain/sorted-entries.ts'
import { tokenEncode } from '../store/tokens.ts'
import { ListView } from './list-view.ts'
import type { ServiceParts } from './parts.ts'

export function findImageView({ documents, store }: ServiceParts, id: string): Image | undefined {
  const found = documents.images.find(id)
  if (found === undefined) return undefined
  const taskId = documents.claims.find(`image.${id}`)?.value.taskId
  return imageView(id, found.value, tokenEncode(store.epoch, found.revision), taskId)
}

export function imageList(parts: ServiceParts): ListView<Image> {
  return new ListView<Image>(parts, {
    kind: 'image',
    usualSort: 'name',
    known: { kind: ['disk', 'kernel', 'initrd', 'iso'], state: ['available', 'creating', 'ready', 'deleting'] },
    shape: {
      sorts: {
        name: ({ name }) => nameKey(name),
        createdAt: ({ createdAt }) => createdAt,
        sizeBytes: ({ sizeBytes }) => sizeBytes ?? 0,
      },
      facets: {
        name: ({ name }) => name.toLowerCase(),
        kind: ({ kind }) => kind,
        state: ({ state }) => state,
        hostId: ({ hostId }) => hostId,
      },
      text: ({ name }) => name,
    },
    ids: () => parts.documents.images.ids(),
    view: (id) => findImageView(parts, id),
    affected: ({ kind, id }) => {
      if (kind === 'image') return [id]
      return kind === 'claim' && id.startsWith('image.') ? [id.slice('image.'.length)] : []
    },
  })
}
