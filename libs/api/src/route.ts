import type { Static, TObject, TSchema } from 'typebox'

/** What a caller must be allowed to do. The administrator of this version may do all of it. */
export const PERMISSIONS = [
  'public',
  'session',
  'vm.view',
  'vm.create',
  'vm.edit',
  'vm.operate',
  'vm.console',
  'vm.pack',
  'vm.delete',
  'image.view',
  'image.create',
  'image.delete',
  'task.view',
  'task.cancel',
  'host.view',
  'datastore.view',
  'history.view',
  'token.manage',
  'upgrade.finish',
  'admin.local',
] as const
export type Permission = (typeof PERMISSIONS)[number]

/** The kind of thing a route is about; `none` where it is about no stored object. */
export type TargetKind = 'vm' | 'image' | 'task' | 'host' | 'datastore' | 'token' | 'user' | 'history' | 'none'

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'

/**
 * One row of the route table. The server's validation, OpenAPI, the client, the CLI and the authorization
 * tests are all made from it; a row without permission or target does not compile.
 */
export interface Route {
  readonly operation: string
  readonly method: Method
  readonly path: `/v1/${string}`
  readonly permission: Permission
  readonly target: TargetKind
  readonly summary: string
  readonly params?: TObject
  readonly query?: TObject
  readonly body?: TSchema
  /** Content type of a body that is streamed instead of parsed. */
  readonly streams?: 'application/octet-stream'
  /** Content type of an answer that is streamed. */
  readonly answers?: 'application/octet-stream'
  /** The connection is upgraded to a WebSocket. */
  readonly isWebSocket?: true
  /** The answer is an endless stream of server-sent events. */
  readonly isEventStream?: true
  /** A change to one object that may be lost without it: 428 where it is missing. */
  readonly needsIfMatch?: true
  readonly status: 200 | 201 | 202 | 204
  readonly reply?: TSchema
}

/** A row with its types kept to the letter. */
export const define = <const R extends Route>(route: R): R => route

/** Whether `plan=true` answers what the change would do. */
export const isPlannable = ({ query }: Pick<Route, 'query'>): boolean => 'plan' in (query?.properties ?? {})

type Get<R, K extends string> = R extends { readonly [P in K]: infer S extends TSchema } ? Static<S> : undefined
export type ParamsOf<R> = Get<R, 'params'>
export type QueryOf<R> = Get<R, 'query'>
export type BodyOf<R> = Get<R, 'body'>
export type ReplyOf<R> = Get<R, 'reply'>
