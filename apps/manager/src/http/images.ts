import { withoutUndefined } from '../domain/vm.ts'
import type { ImageService } from '../services/images.ts'
import { type Answers, type Handlers, sizeOf } from './handler.ts'

type ImageOperations = 'imageList' | 'imageGet' | 'imageUpload' | 'imageBuild' | 'imageDelete'

export const imageHandlers = (images: ImageService, { done, task }: Answers): Pick<Handlers, ImageOperations> => ({
  imageList: ({ caller, query }) => images.list(caller, query),
  imageGet: ({ caller, params }) => images.get(caller, params.imageId),
  imageUpload: ({ change, query, stream, contentLength }) => {
    const sizeBytes = query.plan === 'true' ? 0 : sizeOf(contentLength, 1)
    const { name, kind = 'disk', hostId } = query
    const format = query.format ?? (kind === 'iso' ? 'raw' : 'qcow2')
    const upload = withoutUndefined({ name, kind, format, hostId, sizeBytes })
    return done(query, () => images.upload(change, upload, stream))
  },
  imageBuild: (input) => task(input, () => images.build(input.change, input.params.imageId)),
  imageDelete: (input) => task(input, () => images.delete(input.change, input.params.imageId)),
})
