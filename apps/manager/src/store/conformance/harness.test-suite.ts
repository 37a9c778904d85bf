import type { JsonObject } from '@viv/common'
import {
  type CommittedTransaction,
  type Store,
  StoreConflictError,
  type StoredDocument,
  type WatchEvent,
  type Write,
} from '../store.ts'

/** What an implementation brings to be tested; each test opens its own. */
export interface Harness {
  readonly store: Store
  /** Closes the store and opens the same database again. */
  reopen(): Promise<Store>
  /** Makes the store forget the history of everything written so far; other kinds than "filler" stay as they are. */
  compact(): Promise<void>
  dispose(): Promise<void>
}
export type OpenHarness = () => Promise<Harness>

const WATCH_DEADLINE_MS = 20_000

export function withStore(open: OpenHarness, body: (store: Store, harness: Harness) => Promise<void>) {
  return async (): Promise<void> => {
    const harness = await open()
    try {
      await body(harness.store, harness)
    } finally {
      await harness.dispose()
    }
  }
}

export function put(kind: string, id: string, value: JsonObject = {}): Write {
  return { kind, id, value }
}

export function remove(kind: string, id: string): Write {
  return { kind, id, isDelete: true }
}

/** The events up to the first that `isLast` names; throws where it does not come. */
export async function watchUntil(
  store: Store,
  fromRevision: number,
  isLast: (event: WatchEvent) => boolean,
): Promise<WatchEvent[]> {
  const events: WatchEvent[] = []
  for await (const event of store.watch(fromRevision, AbortSignal.timeout(WATCH_DEADLINE_MS))) {
    events.push(event)
    if (isLast(event)) return events
  }
  throw new Error(`the watch ended after ${JSON.stringify(events)}`)
}

/** Without the empty ones, which an implementation may send at any time. */
export async function watchTo(store: Store, fromRevision: number, revision: number): Promise<CommittedTransaction[]> {
  const events = await watchUntil(store, fromRevision, (event) => 'compacted' in event || event.revision >= revision)
  return events.map((event) => {
    if ('compacted' in event) throw new Error(`the history before ${event.oldestRevision} is gone`)
    return event
  })
}

export async function currentRevision(store: Store): Promise<number> {
  return (await store.list('anything')).revision
}

/** Reads, changes and writes again until nobody was in between; answers the revision. */
export async function update(
  store: Store,
  kind: string,
  id: string,
  change: (document: StoredDocument | undefined) => JsonObject,
): Promise<number> {
  for (;;) {
    const found = await store.get(kind, id)
    const expect = [{ kind, id, revision: found?.revision ?? ('absent' as const) }]
    try {
      return (await store.transaction({ expect, writes: [put(kind, id, change(found))] })).revision
    } catch (error) {
      if (!(error instanceof StoreConflictError)) throw error
    }
  }
}
