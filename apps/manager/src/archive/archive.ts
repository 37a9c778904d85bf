import type { HistoryDoc } from '../domain/history.ts'

/**
 * What only grows and is rarely read: it would fill the store. Written from the store's outbox, where a change waits
 * in the same transaction that made it; so a change may arrive here twice, never not at all.
 *
 *   transaction { object, outbox } ─► append (durable, by key) ─► outbox document removed
 */
export interface Archive {
  /** In this order; what is there already under its key is left as it is. On disk when it resolves. */
  append(changes: readonly { readonly key: string; readonly doc: HistoryDoc }[]): Promise<void>
  list(query: HistoryQuery): Promise<{
    readonly changes: readonly ArchivedChange[]
    /** On the first page alone. */
    readonly total?: number
    readonly next?: string
  }>
  get(id: number): Promise<ArchivedChange | undefined>
  close(): Promise<void>
}

export interface HistoryQuery {
  readonly limit: number
  readonly isNewestFirst: boolean
  readonly after?: number
  /** Text in a name, a reason or an id. */
  readonly search?: string
  readonly kind?: readonly string[]
  readonly objectId?: readonly string[]
  readonly by?: readonly string[]
  readonly action?: readonly string[]
}

export interface ArchivedChange {
  /** Rises in the order of the changes. */
  readonly id: number
  readonly doc: HistoryDoc
  /** The object's configuration before it; undefined where this made it. */
  readonly before: HistoryDoc['document'] | undefined
}
