import { refuse } from '@viv/common'
import { withoutUndefined } from '../domain/vm.ts'
import type { ImageService } from '../services/images.ts'
import type { TaskService } from '../services/tasks.ts'
import { type Handlers, waitSeconds } from './handler.ts'

type ImageOperations = 'imageList' | 'imageGet' | 'imageUpload' | 'imageBuild' | 'imageDelete'

export const imageHandlers = (images: ImageService, tasks: TaskService): Pick<Handlers, ImageOperations> => ({
  imageList: ({ caller }) => ({ items: images.list(caller) }),
  imageGet: ({ caller, params }) => images.get(caller, params.imageId),
  imageUpload: ({ change, query, stream, contentLength }) => {
    if (contentLength === undefined || contentLength < 1) {
      throw refuse('invalid_field', {
        where: 'Header',
        field: 'Content-Length',
        problem: 'must say the size of the file in bytes',
      })
    }
    const { name, kind = 'disk', format = 'qcow2', hostId } = query
    return images.upload(change, withoutUndefined({ name, kind, format, hostId, sizeBytes: contentLength }), stream)
  },
  imageBuild: async ({ caller, change, params, query }) => {
    const task = await images.build(change, params.imageId)
    return tasks.get(caller, task.id, waitSeconds(query))
  },
  imageDelete: async ({ caller, change, params, query }) => {
    const task = await images.delete(change, params.imageId)
    return tasks.get(caller, task.id, waitSeconds(query))
  },
})
