import { Uuid } from '@viv/common'
import { type Static, Type } from 'typebox'
import { Filter, listQuery, pageOf } from './lists.ts'
import { ChangeQuery, TaskQuery } from './plans.ts'
import { define } from './route.ts'
import { Task } from './tasks.ts'
import { closed, Name, Time } from './words.ts'

const ImageParams = Type.Object({ imageId: Uuid }, closed)

export const ImageKind = Type.Union([
  Type.Literal('disk'),
  Type.Literal('kernel'),
  Type.Literal('initrd'),
  Type.Literal('iso'),
])
export type ImageKind = Static<typeof ImageKind>

export const ImageFormat = Type.Union([Type.Literal('qcow2'), Type.Literal('raw')])

export const Image = Type.Object(
  {
    id: Uuid,
    name: Name,
    kind: ImageKind,
    format: ImageFormat,
    /** available: built in, made when it is first used. */
    state: Type.Union([
      Type.Literal('available'),
      Type.Literal('creating'),
      Type.Literal('ready'),
      Type.Literal('deleting'),
    ]),
    builtin: Type.Optional(Type.String()),
    hostId: Uuid,
    volumeId: Uuid,
    sizeBytes: Type.Optional(Type.Integer()),
    virtualSizeBytes: Type.Optional(Type.Integer()),
    /** Debian packages that a built-in image was made from. */
    versions: Type.Optional(Type.Record(Type.String(), Type.String())),
    revision: Type.String(),
    createdAt: Time,
    taskId: Type.Optional(Uuid),
  },
  { $id: 'Image' },
)
export type Image = Static<typeof Image>

/** By what images can be sorted. */
export const IMAGE_SORTS = ['name', 'createdAt', 'sizeBytes'] as const

export const imageRoutes = {
  imageList: define({
    operation: 'imageList',
    method: 'GET',
    path: '/v1/images',
    permission: 'image.view',
    target: 'image',
    summary: 'Images that you may see, a page at a time',
    query: listQuery(IMAGE_SORTS, {
      name: Filter('names, whole; upper and lower case are one'),
      kind: Filter('disk, kernel, initrd, iso'),
      state: Filter('available, creating, ready, deleting'),
      hostId: Filter('ids of hosts'),
    }),
    status: 200,
    reply: pageOf(Image),
  }),
  imageGet: define({
    operation: 'imageGet',
    method: 'GET',
    path: '/v1/images/:imageId',
    permission: 'image.view',
    target: 'image',
    summary: 'One image',
    params: ImageParams,
    status: 200,
    reply: Image,
  }),
  imageUpload: define({
    operation: 'imageUpload',
    method: 'POST',
    path: '/v1/images',
    permission: 'image.create',
    target: 'image',
    summary: 'Stream a file in as an image; Content-Length says its size',
    query: Type.Object(
      {
        ...ChangeQuery.properties,
        name: Name,
        kind: Type.Optional(ImageKind),
        format: Type.Optional(ImageFormat),
        hostId: Type.Optional(Uuid),
      },
      closed,
    ),
    streams: 'application/octet-stream',
    status: 201,
    reply: Image,
  }),
  imageBuild: define({
    operation: 'imageBuild',
    method: 'POST',
    path: '/v1/images/:imageId/actions/build',
    permission: 'image.create',
    target: 'image',
    summary: 'Make a built-in image now instead of at its first use',
    params: ImageParams,
    query: TaskQuery,
    status: 202,
    reply: Task,
  }),
  imageDelete: define({
    operation: 'imageDelete',
    method: 'DELETE',
    path: '/v1/images/:imageId',
    permission: 'image.delete',
    target: 'image',
    summary: 'Delete an image that no VM is based on',
    params: ImageParams,
    query: TaskQuery,
    status: 202,
    reply: Task,
  }),
} as const
