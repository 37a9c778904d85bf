import type { Caller } from '../auth/caller.ts'
import type { EventQuery } from '../domain/event.ts'

export interface EventReader {
  /** False where it is gone, or too far behind to be kept. */
  send(chunk: string | Buffer): boolean
  /** Resolves when it has taken what it was sent, or is gone. */
  ready(): Promise<void>
}

/** A burst is written to each reader in parts at most this often: five hundred readers are as many writes. */
const FLUSH_MS = 20

/** Readers that are told the same, so that it is made into text and bytes once for all of them. */
export class EventGroup {
  readonly caller: Caller
  readonly query: Pick<EventQuery, 'kinds' | 'ids'>
  readonly readers = new Map<EventReader, () => void>()
  #pending = ''

  constructor(caller: Caller, query: Pick<EventQuery, 'kinds' | 'ids'>) {
    this.caller = caller
    this.query = query
  }

  add(text: string): void {
    this.#pending += text
  }

  flush(): void {
    if (this.#pending === '') return
    const chunk = Buffer.from(this.#pending)
    this.#pending = ''
    for (const [reader, end] of this.readers) if (!reader.send(chunk)) end()
  }
}

/** All who are told live, by what they are told. */
export class EventGroups {
  readonly #groups = new Map<string, EventGroup>()
  #flushedAtMs = 0
  #timer: NodeJS.Timeout | undefined

  get all(): Iterable<EventGroup> {
    return this.#groups.values()
  }

  /** The group that a reader with these questions belongs to; it exists once somebody joins. */
  of(caller: Caller, { kinds, ids }: EventQuery): EventGroup {
    return this.#groups.get(keyOf(caller, { kinds, ids })) ?? new EventGroup(caller, { kinds, ids })
  }

  /** What was told before is not for the new one: it is written to the others first. */
  join(group: EventGroup, reader: EventReader, signal: AbortSignal): Promise<void> {
    const { caller, query } = group
    const key = keyOf(caller, query)
    const joined = this.#groups.get(key) ?? group
    joined.flush()
    this.#groups.set(key, joined)
    const { promise, resolve } = Promise.withResolvers<void>()
    const end = (): void => {
      joined.readers.delete(reader)
      if (joined.readers.size === 0 && this.#groups.get(key) === joined) this.#groups.delete(key)
      signal.removeEventListener('abort', end)
      resolve()
    }
    joined.readers.set(reader, end)
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
    return promise
  }

  /** At once where nothing was written for a while, else together with what comes meanwhile. */
  flushSoon(): void {
    if (this.#groups.size === 0) return
    this.#timer ??= setTimeout(() => this.#flush(), Math.max(0, this.#flushedAtMs + FLUSH_MS - performance.now()))
  }

  close(): void {
    clearTimeout(this.#timer)
    for (const { readers } of this.#groups.values()) for (const end of readers.values()) end()
  }

  #flush(): void {
    this.#timer = undefined
    this.#flushedAtMs = performance.now()
    for (const group of this.#groups.values()) group.flush()
  }
}

/** Nobody sees more than an administrator, and all of them see the same. */
function keyOf({ isAdministrator, userName }: Caller, { kinds, ids }: Pick<EventQuery, 'kinds' | 'ids'>): string {
  const who = isAdministrator ? [] : [userName]
  return JSON.stringify([who, [...kinds].sort(), ids === undefined ? null : [...ids].sort()])
}
