import { refuse } from '@viv/common'
import { type Caller, visible } from '../auth/caller.ts'
import {
  type Affected,
  affectedBy,
  EVENT_KINDS,
  type EventKind,
  type EventMessage,
  isEventKind,
} from '../domain/event.ts'
import { tokenDecode, tokenEncode } from '../store/tokens.ts'
import type { ServiceParts } from './parts.ts'

/** What an object looks like now to this caller; undefined where it is gone. */
export type EventViews = { readonly [K in EventKind]: (caller: Caller, id: string) => unknown }

export interface EventQuery {
  /** The last id that the reader has; from now on where there is none. */
  readonly since?: string
  readonly kinds: ReadonlySet<EventKind>
}

/**
 * The stream of changes, from the store's own log.
 *
 *   since an id of this store ─▶ every transaction after it, each whole, the id on its last message
 *   since another store, or too long ago ─▶ start_over, then from now on
 *
 * An object is told as it is when it is told, so that a reader that was away gets the present, not the past.
 */
export class EventService {
  readonly #parts: ServiceParts
  readonly #views: EventViews

  constructor(parts: ServiceParts, views: EventViews) {
    this.#parts = parts
    this.#views = views
  }

  async *follow(caller: Caller, query: EventQuery, signal: AbortSignal): AsyncGenerator<EventMessage> {
    const { store, documents } = this.#parts
    const { cache } = documents.vms
    const place = this.#placeOf(query.since)
    let revision = place ?? cache.revision
    yield this.#mark(query.since === undefined || place !== undefined ? 'synced' : 'start_over', revision)
    while (!signal.aborted) {
      for await (const happened of store.watch(revision, signal)) {
        if ('compacted' in happened) {
          revision = cache.revision
          yield this.#mark('start_over', revision)
          break
        }
        await cache.waitFor(happened.revision)
        revision = happened.revision
        yield* this.#messages(caller, query.kinds, affectedBy(happened.changes), revision)
      }
    }
  }

  *#messages(
    caller: Caller,
    kinds: ReadonlySet<EventKind>,
    affected: readonly Affected[],
    revision: number,
  ): Generator<EventMessage> {
    const told = affected.filter((object) => kinds.has(object.kind) && visible(caller, object))
    for (const [index, { kind, id }] of told.entries()) {
      const data = { id, object: this.#views[kind](caller, id) ?? null }
      const isLast = index === told.length - 1
      yield { ...(isLast ? { id: tokenEncode(this.#parts.store.epoch, revision) } : {}), event: kind, data }
    }
  }

  #mark(event: 'synced' | 'start_over', revision: number): EventMessage {
    const id = tokenEncode(this.#parts.store.epoch, revision)
    return { id, event, data: { revision: id } }
  }

  /** The revision that a reader has; undefined where it has none, or one of another store. */
  #placeOf(since: string | undefined): number | undefined {
    if (since === undefined) return undefined
    const place = tokenDecode(since, this.#parts.store.epoch)
    if (place.type === 'malformed') {
      throw refuse('invalid_field', { where: 'Parameter', field: 'since', problem: 'is no id of this stream' })
    }
    return place.type === 'revision' ? place.revision : undefined
  }
}

/** `vm,task` → those kinds; all where nothing is said. */
export function eventKinds(text: string | undefined): ReadonlySet<EventKind> {
  if (text === undefined) return new Set(EVENT_KINDS)
  return new Set(
    text.split(',').map((kind) => {
      if (isEventKind(kind)) return kind
      const problem = `names "${kind}", but knows only ${EVENT_KINDS.join(', ')}`
      throw refuse('invalid_field', { where: 'Parameter', field: 'kinds', problem })
    }),
  )
}
