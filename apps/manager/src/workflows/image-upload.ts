import type { Readable } from 'node:stream'
import { refuse } from '@viv/common'
import type { HostAgents, OpInput } from '../agents/host-agents.ts'
import { deedOf, imageHistory } from '../domain/history.ts'
import { imageRemoval } from './image-delete.ts'
import type { ImageInput } from './image-build.ts'
import { agentStep, type StepContext, type Workflow } from './workflow.ts'

export type ImageUploadInput = ImageInput & { readonly sizeBytes: number }

/** Bodies that are arriving now, by task. They are gone when the process is: such an upload is undone. */
export class Uploads {
  readonly #bodies = new Map<string, Readable>()
  readonly #agents: HostAgents

  constructor(agents: HostAgents) {
    this.#agents = agents
  }

  /** Holds a request's body for the task that will read it. */
  hold(taskId: string, body: Readable): Disposable {
    this.#bodies.set(taskId, body)
    return { [Symbol.dispose]: () => void this.#bodies.delete(taskId) }
  }

  async send({ taskId, task, signal }: StepContext, name: string, volumeId: string, sizeBytes: number): Promise<void> {
    const body = this.#bodies.get(taskId)
    // A stream can be read once: a second try of this step finds nothing to send.
    this.#bodies.delete(taskId)
    if (body === undefined) throw refuse('upload_interrupted', { name })
    let interruption: unknown
    body.once('error', (error) => {
      interruption = error
    })
    try {
      await this.#agents.sendVolume(task.hostId, volumeId, sizeBytes, body, signal)
    } catch (error) {
      if (interruption !== undefined || body.readableAborted)
        throw refuse('upload_interrupted', { name }, { cause: error })
      throw error
    }
  }
}

/**
 * Takes an image in.
 *
 *   (begin)   store   the image as "creating", its name
 *   receive   agent   bytes, streamed from the request into a volume     undo: delete the volume
 *   seal      agent   check what it is, make it read-only                undo: delete the volume
 *   (end)     store   "ready"; or, after an undo, nothing of it
 */
export const imageUpload = (uploads: Uploads): Workflow<ImageUploadInput> => ({
  name: 'image-upload',
  version: 1,
  steps: ({ imageId, sizeBytes }) => {
    const sealInput = ({ documents }: StepContext): OpInput<'imageSeal'> => {
      const { name, kind, format, volumeId } = documents.images.get(imageId).value
      return { name, kind, format, volumeId, sizeBytes }
    }
    return [
      {
        name: 'receive',
        title: 'Receiving the file',
        kind: 'undoable',
        run: async (context) => {
          const { name, volumeId } = documents(context, imageId)
          await uploads.send(context, name, volumeId, sizeBytes)
          return {}
        },
        undo: (context) => context.agentUndo('imageSeal', sealInput(context)),
      },
      agentStep({
        name: 'seal',
        title: 'Checking the image',
        kind: 'undoable',
        op: 'imageSeal',
        input: sealInput,
        writes: (context, sealed) => {
          const image = { ...documents(context, imageId), state: 'ready', ...sealed } as const
          const history = imageHistory(imageId, image, deedOf(context.taskId, context.task))
          return [
            context.documents.images.write(imageId, image),
            context.documents.outbox.write(context.taskId, history),
          ]
        },
      }),
    ]
  },
  onUndone: ({ imageId }, context) => imageRemoval(context.documents, imageId),
})

const documents = (context: StepContext, imageId: string) => context.documents.images.get(imageId).value
