import type { JsonObject } from '@viv/common'
import { imageBuildStep } from './vm-create.ts'
import type { Workflow } from './workflow.ts'

export type ImageInput = JsonObject & { readonly imageId: string }

/** Makes a built-in image now: `image   agent   from Debian packages, cached by their versions`. */
export const imageBuild: Workflow<ImageInput> = {
  name: 'image-build',
  version: 1,
  steps: ({ imageId }) => [imageBuildStep(imageId)],
}
