import { refuse } from '@viv/common'
import { type Caller, visible } from '../auth/caller.ts'
import {
  type Affected,
  affectedBy,
  EVENT_KINDS,
  type EventKind,
  type EventQuery,
  isEventKind,
} from '../domain/event.ts'
import type { CommittedTransaction } from '../store/store.ts'
import { tokenDecode, tokenEncode } from '../store/tokens.ts'
import { type EventGroup, EventGroups, type EventReader } from './event-groups.ts'
import type { ServiceParts } from './parts.ts'

/** What an object looks like now; undefined where it is gone. */
export type EventViews = { readonly [K in EventKind]: (id: string) => unknown }

/** One reader's stream: it is written until the signal says so or the reader is let go. */
export type EventStream = (reader: EventReader, signal: AbortSignal) => Promise<void>

/** A bar on a screen does not need more. */
const PROGRESS_MS = 200

/**
 * The stream of changes.
 *
 *   no id, or an id of this moment ─▶ joins those who are told live
 *   an earlier id of this store ─▶ every transaction after it from the store's log, then joins
 *   an id of another store, or too long ago ─▶ start_over, then joins
 *
 * An object is told as it is when it is told, so that a reader that was away gets the present, not the past. Only what
 * is stored has an id; how far a task is and whether a host answers are told without.
 */
export class EventService {
  readonly #parts: Pick<ServiceParts, 'store' | 'documents'>
  readonly #views: EventViews
  readonly #groups = new EventGroups()
  readonly #moving = new Set<string>()
  #progressTimer: NodeJS.Timeout | undefined

  constructor(parts: Pick<ServiceParts, 'store' | 'documents'>, views: EventViews) {
    this.#parts = parts
    this.#views = views
    parts.documents.vms.cache.onChange((transaction) => this.#tell(transaction))
  }

  /** Refuses what it can't understand; the stream itself begins later. */
  open(caller: Caller, query: EventQuery): EventStream {
    const place = this.#placeOf(query.since)
    return (reader, signal) => this.#follow(caller, query, place, reader, signal)
  }

  /** Something of the object changed that is in no document. */
  tellUnstored(kind: EventKind, id: string): void {
    for (const group of this.#groups.all) group.add(this.#messages(group, [{ kind, id }]))
    this.#groups.flushSoon()
  }

  /** How far a task is: its last word counts, so that many of them are one. */
  tellProgress(taskId: string): void {
    this.#moving.add(taskId)
    this.#progressTimer ??= setTimeout(() => this.#tellMoved(), PROGRESS_MS)
  }

  /** Also keeps the readers' last ids from growing so old that the log has no place for them any more. */
  tellAlive(): void {
    const mark = `: alive\nid: ${this.#token(this.#parts.documents.vms.cache.revision)}\n\n`
    for (const group of this.#groups.all) group.add(mark)
    this.#groups.flushSoon()
  }

  close(): void {
    clearTimeout(this.#progressTimer)
    this.#groups.close()
  }

  #tellMoved(): void {
    this.#progressTimer = undefined
    const moved = [...this.#moving]
    this.#moving.clear()
    for (const id of moved) this.tellUnstored('task', id)
  }

  async #follow(
    caller: Caller,
    query: EventQuery,
    place: number | undefined,
    reader: EventReader,
    signal: AbortSignal,
  ) {
    const { store, documents } = this.#parts
    const { cache } = documents.vms
    const group = this.#groups.of(caller, query)
    let revision = place ?? cache.revision
    const isKnown = query.since === undefined || place !== undefined
    if (!reader.send(this.#mark(isKnown ? 'synced' : 'start_over', revision))) return
    // No pause between looking at the revision and joining: nothing can come between.
    while (revision < cache.revision && !signal.aborted) {
      for await (const happened of store.watch(revision, signal)) {
        const isLost = 'compacted' in happened
        if (!isLost) await cache.waitFor(happened.revision)
        revision = isLost ? cache.revision : happened.revision
        const text = isLost ? this.#mark('start_over', revision) : this.#textOf(group, happened)
        if (text !== '' && !reader.send(text)) return
        // What was missed may be much: it is read from the log no faster than the reader takes it.
        await reader.ready()
        if (isLost || revision >= cache.revision) break
      }
    }
    await this.#groups.join(group, reader, signal)
  }

  #tell(transaction: CommittedTransaction): void {
    for (const group of this.#groups.all) group.add(this.#textOf(group, transaction))
    this.#groups.flushSoon()
  }

  #textOf(group: EventGroup, { revision, changes }: CommittedTransaction): string {
    return this.#messages(group, affectedBy(changes), this.#token(revision))
  }

  /** The id stands with the last message alone: a transaction is heard whole, or again. */
  #messages({ caller, query: { kinds, ids } }: EventGroup, affected: readonly Affected[], token?: string): string {
    const told = affected.filter(
      (object) => kinds.has(object.kind) && (ids === undefined || ids.has(object.id)) && visible(caller, object),
    )
    return told
      .map(({ kind, id }, index) => {
        const head = token !== undefined && index === told.length - 1 ? `id: ${token}\n` : ''
        return `${head}event: ${kind}\ndata: ${JSON.stringify({ id, object: this.#views[kind](id) ?? null })}\n\n`
      })
      .join('')
  }

  #mark(event: 'synced' | 'start_over', revision: number): string {
    const id = this.#token(revision)
    return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify({ revision: id })}\n\n`
  }

  #token(revision: number): string {
    return tokenEncode(this.#parts.store.epoch, revision)
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
