import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { BodyOf, Operation, ParamsOf, QueryOf, ReplyOf, ROUTES } from '@viv/api'
import type { Caller } from '../auth/caller.ts'
import type { ChangeRequest } from '../services/requests.ts'

type RouteOf<K extends Operation> = (typeof ROUTES)[K]

/** A request after parsing and authorization. `public` routes alone have no caller. */
export interface Input<K extends Operation> {
  readonly caller: Caller
  readonly params: ParamsOf<RouteOf<K>>
  readonly query: QueryOf<RouteOf<K>>
  readonly body: BodyOf<RouteOf<K>>
  /** Of a route that needs it; never empty there. */
  readonly ifMatch: string
  readonly change: ChangeRequest
  readonly remoteAddress: string
  /** The bytes of a body that is streamed. */
  readonly stream: Readable
  readonly contentLength: number | undefined
  readonly raw: IncomingMessage
}

export type Handler<K extends Operation> = (input: Input<K>) => Promise<ReplyOf<RouteOf<K>>> | ReplyOf<RouteOf<K>>
/** Routes that become a WebSocket or a stream are handled in serial.ts and events.ts. */
export type PlainOperation = Exclude<Operation, 'vmSerial' | 'eventStream'>
export type Handlers = { readonly [K in PlainOperation]: Handler<K> }

/** `wait` of a query, in seconds. */
export const waitSeconds = (query: { readonly wait?: string }): number => Number(query.wait ?? 0)
