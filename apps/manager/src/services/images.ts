import type { Readable } from 'node:stream'
import type { AnyListQuery, Image, ImageKind, Page, Task } from '@viv/api'
import { AppError, type Effect, effect, type Fix, type Refusal, refusal, refuse } from '@viv/common'
import type { Caller } from '../auth/caller.ts'
import type { ImageDoc } from '../domain/image.ts'
import type { VmDoc } from '../domain/vm.ts'
import type { Uploads } from '../workflows/image-upload.ts'
import type { Beginning } from '../workflows/engine.ts'
import { asked, begunTask, hostWarnings } from './beginnings.ts'
import { newId } from './ids.ts'
import { findImageView, imageList } from './image-list.ts'
import type { ListView } from './list-view.ts'
import { lookUp } from './lookup.ts'
import { type Planned, present, type Repeated } from './planned.ts'
import type { ServiceParts } from './parts.ts'
import type { ChangeRequest } from './requests.ts'
import { purgeFix } from './vm-facts.ts'

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
  readonly #list: ListView<Image>

  constructor(parts: ServiceParts, uploads: Uploads) {
    this.#parts = parts
    this.#uploads = uploads
    this.#list = imageList(parts)
  }

  list(caller: Caller, query: AnyListQuery): Page<Image> {
    return this.#list.page(caller, query)
  }

  get(caller: Caller, imageId: string): Image {
    lookUp(caller, 'image', this.#parts.documents.images, imageId)
    return this.#view(imageId)
  }

  /** Streams the body into a new image; answers when it is ready, or throws why it is not. */
  upload(request: ChangeRequest, upload: ImageUpload, body: Readable): Planned<Image> | Repeated<Image> {
    const { documents, requests } = this.#parts
    const repeated = requests.repeated(request)
    if (repeated !== undefined) return { repeated: this.#uploaded(repeated.id, repeated.target.id) }
    const { name, kind } = upload
    const hostId = upload.hostId ?? documents.hosts.list()[0]?.id
    const isTaken = documents.imageNames.find(name.toLowerCase()) !== undefined
    return {
      effects: [effect('image_added', { name, kind })],
      warnings: hostId === undefined ? [] : hostWarnings(this.#parts, hostId),
      blockers: present(
        hostId === undefined ? refusal('no_host', {}) : undefined,
        hostId !== undefined && documents.hosts.find(hostId) === undefined
          ? refusal('not_found', { kind: 'host', id: hostId })
          : undefined,
        isTaken ? refusal('name_taken', { kind: 'image', name }) : undefined,
      ),
      apply: () => this.#receive(request, { ...upload, hostId: hostId ?? '' }, body),
    }
  }

  async #receive(request: ChangeRequest, upload: ImageUpload & { hostId: string }, body: Readable): Promise<Image> {
    const { documents, engine, requests } = this.#parts
    const { name, kind, format, sizeBytes, hostId } = upload
    const [imageId, taskId, volumeId] = [newId(), newId(), newId()]
    const createdAt = new Date().toISOString()
    const image: ImageDoc = { name, kind, format, hostId, state: 'creating', volumeId, createdAt }
    const remembered = requests.remember(request, taskId)
    using _held = this.#uploads.hold(taskId, body)
    await engine.begin({
      ...taskOf(request, taskId, imageId, image),
      workflow: 'image-upload',
      input: { imageId, sizeBytes },
      expect: [...remembered.expect, documents.imageNames.expectAbsent(name.toLowerCase())],
      writes: [
        ...remembered.writes,
        documents.images.write(imageId, image),
        documents.imageNames.write(name.toLowerCase(), { owner: imageId }),
      ],
    })
    return this.#uploaded(taskId, imageId)
  }

  build(request: ChangeRequest, imageId: string): Planned<Task> | Repeated<Task> {
    return this.#plan(request, imageId, ({ name, builtin }) => ({
      workflow: 'image-build',
      input: { imageId },
      effects: [effect('image_built', { name })],
      blocker:
        builtin === undefined
          ? refusal('image_kind', { name, actual: 'file that was uploaded', wanted: 'built-in image' })
          : undefined,
    }))
  }

  delete(request: ChangeRequest, imageId: string): Planned<Task> | Repeated<Task> {
    return this.#plan(request, imageId, (image) => ({
      workflow: 'image-delete',
      input: { imageId, nextVolumeId: newId() },
      effects: [
        effect('image_deleted', { name: image.name }),
        ...(image.builtin === undefined ? [] : [effect('image_kept_available', {})]),
      ],
      blocker: this.#notDeletable(imageId, image),
      state: 'deleting',
    }))
  }

  #plan(
    request: ChangeRequest,
    imageId: string,
    describe: (image: ImageDoc) => ImageWork,
  ): Planned<Task> | Repeated<Task> {
    const { documents, requests } = this.#parts
    const repeated = requests.repeated(request)
    if (repeated !== undefined) return { repeated }
    const { value: image, revision } = lookUp(request.caller, 'image', documents.images, imageId)
    const work = describe(image)
    return {
      effects: work.effects,
      warnings: hostWarnings(this.#parts, image.hostId),
      blockers: present(this.#busy(imageId, image) ?? work.blocker),
      apply: () => this.#begin(request, { imageId, image, revision }, work),
    }
  }

  async #begin(
    request: ChangeRequest,
    { imageId, image, revision }: { imageId: string; image: ImageDoc; revision: number },
    { workflow, input, state }: ImageWork,
  ): Promise<Task> {
    const { documents, engine, requests } = this.#parts
    const taskId = newId()
    const { expect, writes } = requests.remember(request, taskId)
    await engine.begin({
      ...taskOf(request, taskId, imageId, image),
      workflow,
      input,
      expect: [...expect, documents.images.expectRevision(imageId, revision)],
      writes: [...writes, ...(state === undefined ? [] : [documents.images.write(imageId, { ...image, state })])],
    })
    return begunTask(engine, taskId)
  }

  #busy(imageId: string, { name }: ImageDoc): Refusal | undefined {
    const claim = this.#parts.documents.claims.find(`image.${imageId}`)
    const task = claim === undefined ? undefined : this.#parts.engine.view(claim.value.taskId)
    return task && refusal('busy', { kind: 'image', name, taskId: task.id, action: task.action })
  }

  #notDeletable(imageId: string, image: ImageDoc): Refusal | undefined {
    if (image.state !== 'ready') return refusal('image_not_ready', { name: image.name, state: image.state })
    const user = this.#parts.documents.vms
      .list()
      .find(
        ({ value }) =>
          (value.imageId === imageId && (value.isLinked || value.lifecycle === 'creating')) ||
          usesKernel(value.hardware.kernel, image.volumeId) ||
          isInDrive(value, imageId),
      )
    if (user === undefined) return undefined
    const facts = { name: image.name, vm: user.value.name }
    return user.value.lifecycle === 'recycled'
      ? refusal('image_in_bin', facts, purgeFix(user.id))
      : image.kind === 'iso'
        ? refusal('image_in_drive', facts, ejectFix(user.id))
        : refusal('image_in_use', facts)
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
    return findImageView(this.#parts, id) ?? fail(id)
  }
}

function fail(id: string): never {
  throw refuse('not_found', { kind: 'image', id })
}

/** One piece of work on one image, and what it does. */
interface ImageWork {
  readonly workflow: string
  readonly input: Beginning['input']
  readonly effects: readonly Effect[]
  readonly blocker: Refusal | undefined
  readonly state?: ImageDoc['state']
}

const taskOf = (request: ChangeRequest, taskId: string, imageId: string, { name, hostId }: ImageDoc) => ({
  taskId,
  ...asked(request),
  target: { kind: 'image', id: imageId, name },
  hostId,
  claims: [`image.${imageId}`],
})

/** The wait is woken by the task's end; this only bounds one turn of it. */
const UPLOAD_POLL_MS = 60_000

const usesKernel = (
  kernel: { kernelVolumeId: string; initrdVolumeId?: string } | undefined,
  volumeId: string,
): boolean => kernel?.kernelVolumeId === volumeId || kernel?.initrdVolumeId === volumeId

/** In its CD drive, or on the way into it. */
const isInDrive = ({ hardware, nextCd }: VmDoc, imageId: string): boolean =>
  hardware.cd?.disc?.imageId === imageId || nextCd?.disc?.imageId === imageId

const ejectFix = (vmId: string): Fix => ({
  action: 'vmChangeDisc',
  method: 'POST',
  path: `/v1/vms/${vmId}/actions/change-disc`,
  body: {},
})
