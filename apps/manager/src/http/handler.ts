import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { BodyOf, Operation, ParamsOf, Plan, QueryOf, ReplyOf, ROUTES, Task } from '@viv/api'
import { refuse } from '@viv/common'
import type { Caller } from '../auth/caller.ts'
import { type Changes, type Decide, planOf } from '../services/planned.ts'
import type { ChangeRequest } from '../services/requests.ts'
import type { TaskService } from '../services/tasks.ts'

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
  /** An answer that is streamed, and as long as it says. */
  readonly answerBytes: (bytes: { readonly sizeBytes: number; readonly content: Readable }) => Readable
  /** What a browser is to keep, as the text of a Set-Cookie header. */
  readonly setCookie: (cookie: string) => void
}

type Reply<K extends Operation> =
  | (RouteOf<K> extends { readonly answers: string } ? Readable : ReplyOf<RouteOf<K>>)
  | Plan
/** A change that was asked for as a plan answers the plan. */
export type Handler<K extends Operation> = (input: Input<K>) => Promise<Reply<K>> | Reply<K>
/** Routes that become a WebSocket or a stream are handled in serial.ts and events.ts. */
export type PlainOperation = Exclude<Operation, 'vmSerial' | 'vmScreen' | 'eventStream'>
export type Handlers = { readonly [K in PlainOperation]: Handler<K> }

/** `wait` of a query, in seconds. */
export const waitSeconds = (query: { readonly wait?: string }): number => Number(query.wait ?? 0)

/** Of a body that is streamed, in bytes. */
export function sizeOf(contentLength: number | undefined, least: number): number {
  if (contentLength !== undefined && contentLength >= least) return contentLength
  const problem = 'must say the size of the file in bytes'
  throw refuse('invalid_field', { where: 'Header', field: 'Content-Length', problem })
}

type ChangeQuery = { readonly plan?: 'true' }

/** How changes are answered: with what they did, or, where only the plan was asked for, with that. */
export interface Answers {
  done<T>(query: ChangeQuery, decide: Decide<T>): Promise<T | Plan>
  /** Waits for the task's end, as long as the query says. */
  task(
    input: { caller: Caller; query: ChangeQuery & { readonly wait?: string } },
    decide: Decide<Task>,
  ): Promise<Task | Plan>
}

export const answersOf = (changes: Changes, tasks: TaskService): Answers => ({
  done: (query, decide) => (query.plan === 'true' ? planOf(decide) : changes.carryOut(decide)),
  task: async ({ caller, query }, decide) => {
    if (query.plan === 'true') return planOf(decide)
    const task = await changes.carryOut(decide)
    return tasks.get(caller, task.id, waitSeconds(query))
  },
})
