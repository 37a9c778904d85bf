import type { Image, Host, Task, Vm } from '@viv/api'
import { createStore, useStore } from '../util/store.ts'
import { EventStream, type Connection } from './event-stream.ts'
import { findSession } from './session.ts'

/** What the stream tells of, by its kind. */
export interface LiveObjects {
  readonly vm: Vm
  readonly image: Image
  readonly task: Task
  readonly host: Host
}
export type LiveKind = keyof LiveObjects

export interface Follower<K extends LiveKind> {
  /** The object as it is now; null where it is gone. */
  onChange(id: string, object: LiveObjects[K] | null): void
  /** What was read before may have changed in ways that were not told. */
  onStartOver(): void
}

const KINDS: readonly LiveKind[] = ['vm', 'image', 'task', 'host']
const followers: { readonly [K in LiveKind]: Set<Follower<K>> } = {
  vm: new Set(),
  image: new Set(),
  task: new Set(),
  host: new Set(),
}

const connection = createStore<Connection>('connecting')
export const useConnection = (): Connection => useStore(connection)

export function follow<K extends LiveKind>(kind: K, follower: Follower<K>): () => void {
  followers[kind].add(follower)
  return () => void followers[kind].delete(follower)
}

function startOver(kinds: readonly LiveKind[]): void {
  for (const kind of kinds) for (const follower of followers[kind]) follower.onStartOver()
}

function tell<K extends LiveKind>(kind: K, data: string): void {
  const { id, object } = JSON.parse(data) as { id: string; object: LiveObjects[K] | null }
  for (const follower of followers[kind]) follower.onChange(id, object)
}

/** Follows everything while somebody is logged in; returns what ends it. */
export function startLive(): () => void {
  const end = new AbortController()
  let hasOpened = false
  const stream = new EventStream({
    open: async (lastId, signal) => {
      const headers: HeadersInit = lastId === undefined ? {} : { 'last-event-id': lastId }
      const response = await fetch('/v1/events', { headers, signal, cache: 'no-store' })
      if (response.status === 401) {
        // Says so to everybody, and the login page comes.
        await findSession()
        return undefined
      }
      if (!response.ok || response.body === null) throw new Error(`the stream was refused: ${response.status}`)
      // Without an id nobody tells what happened between the first reading and now.
      hasOpened = lastId !== undefined
      return response.body
    },
    onEvent: ({ event, data }) => {
      if (event === 'start_over' || (event === 'synced' && !hasOpened)) startOver(KINDS)
      // Whether a host answers is in no document, so its changes are in no log to catch up from.
      else if (event === 'synced') startOver(['host'])
      else if (KINDS.some((kind) => kind === event)) tell(event as LiveKind, data)
    },
    onConnection: (state) => connection.set(state),
    pause,
  })
  // The browser knows first when the network is gone or back.
  const onOffline = (): void => stream.cut()
  addEventListener('offline', onOffline)
  void stream.run(end.signal)
  return () => {
    end.abort()
    removeEventListener('offline', onOffline)
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      removeEventListener('online', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    addEventListener('online', done)
    signal.addEventListener('abort', done)
  })
}
