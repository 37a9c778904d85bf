import type { HistoryEntry } from '@viv/api'
import type { JsonObject } from '@viv/common'
import type { GrantDoc } from './access.ts'
import type { ImageDoc } from './image.ts'
import type { TaskDoc } from './task.ts'
import { asJson, type VmDoc, withoutUndefined } from './vm.ts'

/** Kinds of objects whose configuration has a history. */
export const HISTORY_KINDS = ['vm', 'image', 'token'] as const
export type HistoryKind = (typeof HISTORY_KINDS)[number]

/**
 * One change of one object's configuration. It is written in the transaction of the change, waits in the outbox, and
 * lies in the archive from then on. The whole configuration is kept; what changed is found out on reading.
 */
export interface HistoryDoc {
  readonly kind: HistoryKind
  readonly objectId: string
  readonly name: string
  readonly action: string
  readonly at: string
  readonly by: string
  readonly why?: string
  readonly taskId?: string
  readonly isDeleted: boolean
  /** After the change; before it, where it deleted the object. */
  readonly document: JsonObject
}

/** Who did what, why, and as which task. */
export type Deed = Pick<HistoryDoc, 'action' | 'by' | 'why' | 'taskId'>

export const deedOf = (taskId: string, { action, caller, why }: TaskDoc): Deed =>
  withoutUndefined({ action, by: caller, why, taskId })

/** What is wanted of a VM, without where it stands and what is reserved for it. */
export function vmHistory(objectId: string, vm: VmDoc, deed: Deed, isDeleted = false): HistoryDoc {
  const { name, notes, tags = [], hostId, imageId, hardware, autostart, crashPolicy } = vm
  const document = asJson(withoutUndefined({ name, notes, tags, hostId, imageId, hardware, autostart, crashPolicy }))
  return { kind: 'vm', objectId, name, ...deed, at: new Date().toISOString(), isDeleted, document }
}

export function imageHistory(objectId: string, image: ImageDoc, deed: Deed, isDeleted = false): HistoryDoc {
  const { name, kind, format, hostId, sizeBytes, virtualSizeBytes } = image
  const document = asJson(withoutUndefined({ name, kind, format, hostId, sizeBytes, virtualSizeBytes }))
  return { kind: 'image', objectId, name, ...deed, at: new Date().toISOString(), isDeleted, document }
}

export function tokenHistory(grant: GrantDoc, deed: Deed, isDeleted = false): HistoryDoc {
  const { tokenId: objectId = '', name = '', userName, expiresAt } = grant
  const document = asJson(withoutUndefined({ name, userName, expiresAt }))
  return { kind: 'token', objectId, name, ...deed, at: new Date().toISOString(), isDeleted, document }
}

type Change = HistoryEntry['changes'][number]

/** Every leaf that differs, by its path. An object that was not there, or is not any more, changes as a whole. */
export function changesBetween(before: unknown, after: unknown, path = ''): Change[] {
  if (isTree(before) && isTree(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)])
    return [...names].flatMap((name) =>
      changesBetween(field(before, name), field(after, name), path === '' ? name : `${path}.${name}`),
    )
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return []
  return [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }]
}

const isTree = (value: unknown): value is object => typeof value === 'object' && value !== null
const field = (tree: object, name: string): unknown => (tree as Readonly<Record<string, unknown>>)[name]
