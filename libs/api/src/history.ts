import { Uuid } from '@viv/common'
import { type Static, Type } from 'typebox'
import { Filter, listQuery, pageOf } from './lists.ts'
import { define } from './route.ts'
import { closed, Time } from './words.ts'

const EntryId = Type.String({ pattern: '^[1-9][0-9]{0,15}$' })

/** One field that changed; `before` is absent where there was none, `after` where there is none any more. */
export const HistoryChange = Type.Object({
  /** Names with dots between them: `hardware.memoryMib`, `hardware.disks.0.slot`. */
  path: Type.String(),
  before: Type.Optional(Type.Unknown()),
  after: Type.Optional(Type.Unknown()),
})

/** One change of one object's configuration. */
export const HistoryEntry = Type.Object(
  {
    id: EntryId,
    kind: Type.String({ description: 'vm, image, token' }),
    objectId: Uuid,
    /** Its name after the change; before it, where it was deleted. */
    name: Type.String(),
    /** The operation: vmCreate, vmUpdate, vmRevert, vmDelete … */
    action: Type.String(),
    at: Time,
    by: Type.String(),
    why: Type.Optional(Type.String()),
    taskId: Type.Optional(Uuid),
    /** True where this change deleted it. */
    isDeleted: Type.Boolean(),
    changes: Type.Array(HistoryChange),
  },
  { $id: 'HistoryEntry' },
)
export type HistoryEntry = Static<typeof HistoryEntry>

export const HistoryVersion = Type.Object(
  {
    entry: HistoryEntry,
    /** The whole configuration after the change; before it, where it was deleted. */
    document: Type.Record(Type.String(), Type.Unknown()),
  },
  { $id: 'HistoryVersion' },
)
export type HistoryVersion = Static<typeof HistoryVersion>

export const historyRoutes = {
  historyList: define({
    operation: 'historyList',
    method: 'GET',
    path: '/v1/history',
    permission: 'history.view',
    target: 'history',
    summary: 'Changes of configuration, newest first; also of what is deleted',
    query: listQuery(['at'], {
      kind: Filter('kinds of objects: vm, image, token'),
      objectId: Filter('ids of objects, deleted ones too'),
      by: Filter('who changed it'),
      action: Filter('operations: vmCreate, vmUpdate, vmDelete …'),
    }),
    status: 200,
    reply: pageOf(HistoryEntry),
  }),
  historyGet: define({
    operation: 'historyGet',
    method: 'GET',
    path: '/v1/history/:entryId',
    permission: 'history.view',
    target: 'history',
    summary: 'One change, with the whole configuration as it was then',
    params: Type.Object({ entryId: EntryId }, closed),
    status: 200,
    reply: HistoryVersion,
  }),
} as const
