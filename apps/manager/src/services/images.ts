import type { Readable } from 'node:stream'
import type { Image, ImageKind, Task } from '@viv/api'
import { AppError, type Refusal, refusal, refuse } from '@viv/common'
import { type Caller, visible } from '../auth/caller.ts'
import { type ImageDoc, imageView } from '../domain/image.ts'
import { StoreConflictError } from '../store/store.ts'
import { tokenEncode } from '../store/tokens.ts'
import type { Uploads } from '../workflows/image-upload.ts'
import { newId } from './ids.ts'
import { lookUp } from './lookup.ts'
import { type ChangeRequest, retryConflicts } from './requests.ts'
import type { ServiceParts } from './parts.ts'

export interface ImageUpload {
  readonly name: string
  readonly kind: ImageKind
  readonly format: 'qcow2' | 'raw'
  readonly hostId?: string
  readonly sizeBytes: number
}

export class ImageService {
  readonly #parts: ServiceParts
  readonly #uploads: Uploads

  constructor(parts: ServiceParts, uploads: Uploads) {
    this.#parts = parts
    this.#uploads = uploads
  }

  list(caller: Caller): Image[] {
    const { images } = this.#parts.documents
    return images.list().flatMap(({ id }) => (visible(caller, { kind: 'image', id }) ? [this.#view(id)] : []))
  }

  get(caller: Caller, imageId: string): Image {
    lookUp(caller, 'image', this.#parts.documents.images, imageId)
    return this.#view(imageId)
  }

  /** Streams the body into a new image; answers when it is ready, or throws why it is not. */
  upload(request: ChangeRequest, upload: ImageUpload, body: Readable): Promise<Image> {
    return retryConflicts(this.#parts.documents.images.cache, () => this.#uploadOnce(request, upload, body))
  }

  async #uploadOnce(request: ChangeRequest, upload: ImageUpload, body: Readable): Promise<Image> {
    const { documents, engine, requests } = this.#parts
    const repeated = requests.repeated(request)
    if (repeated !== undefined) return this.#uploaded(repeated.id, repeated.target.id)
    const hostId = upload.hostId ?? documents.hosts.list()[0]?.id
    if (hostId === undefined) throw refuse('no_host', {})
    if (documents.hosts.find(hostId) === undefined) throw refuse('not_found', { kind: 'host', id: hostId })
    const { name, kind, format, sizeBytes } = upload
    const imageId = newId()
    const taskId = newId()
    const image: ImageDoc = {
      name,
      kind,
      format,
      hostId,
      state: 'creating',
      volumeId: newId(),
      createdAt: new Date().toISOString(),
    }
    const remembered = requests.remember(request, taskId)
    using _held = this.#uploads.hold(taskId, body)
    try {
      await engine.begin({
        taskId,
        workflow: 'image-upload',
        action: request.operation,
        target: { kind: 'image', id: imageId, name },
        hostId,
        caller: request.caller.userName,
        input: { imageId, sizeBytes },
        claims: [`image.${imageId}`],
        expect: [...remembered.expect, documents.imageNames.expectAbsent(name.toLowerCase())],
        writes: [
          ...remembered.writes,
          documents.images.write(imageId, image),
          documents.imageNames.write(name.toLowerCase(), { owner: imageId }),
        ],
      })
    } catch (error) {
      if (error instanceof StoreConflictError && error.kind === 'image-name')
        throw refuse('name_taken', { kind: 'image', name })
      throw error
    }
    return this.#uploaded(taskId, imageId)
  }

  build(request: ChangeRequest, imageId: string): Promise<Task> {
    return this.#act(request, imageId, 'image-build', { imageId }, (image) =>
      image.builtin === undefined
        ? refusal('image_kind', { name: image.name, actual: 'file that was uploaded', wanted: 'built-in image' })
        : undefined,
    )
  }

  delete(request: ChangeRequest, imageId: string): Promise<Task> {
    const input = { imageId, nextVolumeId: newId() }
    return this.#act(request, imageId, 'image-delete', input, (image) => this.#notDeletable(imageId, image), 'deleting')
  }

  #act(
    request: ChangeRequest,
    imageId: string,
    workflow: string,
    input: Parameters<ServiceParts['engine']['begin']>[0]['input'],
    blocker: (image: ImageDoc) => Refusal | undefined,
    state?: ImageDoc['state'],
  ): Promise<Task> {
    const { documents, engine, requests } = this.#parts
    return retryConflicts(documents.images.cache, async () => {
      const repeated = requests.repeated(request)
      if (repeated !== undefined) return repeated
      const { value: image, revision } = lookUp(request.caller, 'image', documents.images, imageId)
      const refused = blocker(image)
      if (refused !== undefined) throw new AppError([refused])
      const taskId = newId()
      const { expect, writes } = requests.remember(request, taskId)
      await engine.begin({
        taskId,
        workflow,
        action: request.operation,
        target: { kind: 'image', id: imageId, name: image.name },
        hostId: image.hostId,
        caller: request.caller.userName,
        input,
        claims: [`image.${imageId}`],
        expect: [...expect, documents.images.expectRevision(imageId, revision)],
        writes: [...writes, ...(state === undefined ? [] : [documents.images.write(imageId, { ...image, state })])],
      })
      return engine.view(taskId) as Task
    })
  }

  #notDeletable(imageId: string, image: ImageDoc): Refusal | undefined {
    if (image.state !== 'ready') return refusal('image_not_ready', { name: image.name, state: image.state })
    const user = this.#parts.documents.vms
      .list()
      .find(
        ({ value }) =>
          (value.imageId === imageId && (value.isLinked || value.lifecycle === 'creating')) ||
          usesKernel(value.hardware.kernel, image.volumeId),
      )
    return user === undefined ? undefined : refusal('image_in_use', { name: image.name, vm: user.value.name })
  }

  async #uploaded(taskId: string, imageId: string): Promise<Image> {
    const { engine } = this.#parts
    let task = await engine.wait(taskId, UPLOAD_POLL_MS)
    while (engine.isDriven(taskId)) task = await engine.wait(taskId, UPLOAD_POLL_MS)
    const blocker = task?.error?.blockers[0]
    if (blocker !== undefined) {
      throw new AppError([{ reason: blocker.reason as Refusal['reason'], facts: blocker.facts }])
    }
    if (task?.state !== 'succeeded') throw refuse('upload_interrupted', { name: task?.target.name ?? imageId })
    return this.#view(imageId)
  }

  #view(id: string): Image {
    const { documents, store } = this.#parts
    const { value, revision } = documents.images.get(id)
    return imageView(id, value, tokenEncode(store.epoch, revision), documents.claims.find(`image.${id}`)?.value.taskId)
  }
}

/** The wait is woken by the task's end; this only bounds one turn of it. */
const UPLOAD_POLL_MS = 60_000

const usesKernel = (
  kernel: { kernelVolumeId: string; initrdVolumeId?: string } | undefined,
  volumeId: string,
): boolean => kernel?.kernelVolumeId === volumeId || kernel?.initrdVolumeId === volumeId
