import {
  type BodyOf,
  type ErrorBody,
  isPlannable,
  type Operation,
  type ParamsOf,
  type Plan,
  type QueryOf,
  type ReplyOf,
  type Route,
  ROUTES,
} from '@viv/api'
import { ApiError, UnreachableError } from './errors.ts'

/** Carries one request. Node's and the browser's differ; what is said over them does not. */
export interface Wire {
  send(request: WireRequest): Promise<WireAnswer>
}

export interface WireRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface WireAnswer {
  readonly status: number
  readonly text: string
}

type RouteOf<K extends Operation> = (typeof ROUTES)[K]
type Part<Name extends string, T> = T extends undefined ? { readonly [K in Name]?: never } : { readonly [K in Name]: T }
type OptionalPart<Name extends string, T> = T extends undefined
  ? { readonly [K in Name]?: never }
  : { readonly [K in Name]?: T }

/** What one call takes: the route's params and body, and its query where there is one. */
export type CallInput<K extends Operation> = Part<'params', ParamsOf<RouteOf<K>>> &
  Part<'body', BodyOf<RouteOf<K>>> &
  OptionalPart<'query', QueryOf<RouteOf<K>>> & { readonly ifMatch?: string; readonly idempotencyKey?: string }

/** Routes that are no plain request: streamed bodies, either way, and WebSockets. */
type Special = 'imageUpload' | 'vmPart' | 'vmPartSend' | 'vmSerial' | 'vmScreen' | 'eventStream'
export type PlainOperation = Exclude<Operation, Special>

type Input<K extends Operation> =
  Record<string, never> extends CallInput<K> ? [input?: CallInput<K>] : [input: CallInput<K>]

/** Operations that can be asked for as a plan first. */
export type PlannableOperation = {
  [K in PlainOperation]: QueryOf<RouteOf<K>> extends { readonly plan?: 'true' } ? K : never
}[PlainOperation]

/** One method an operation, inferred from the route table: `client.vmStart({ params: { vmId } })`. */
export type Client = {
  readonly [K in PlainOperation]: (...input: Input<K>) => Promise<ReplyOf<RouteOf<K>>>
} & {
  /** What a change would do, without doing it: `client.plan.vmStart({ params: { vmId } })`. */
  readonly plan: { readonly [K in PlannableOperation]: (...input: Input<K>) => Promise<Plan> }
}

interface AnyInput {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
  readonly ifMatch?: string
  readonly idempotencyKey?: string
}

/** Throws ApiError with the server's own code and blockers, or UnreachableError. */
export function createClient(wire: Wire, secret?: string): Client {
  const routes = Object.values(ROUTES) as Route[]
  const method = (route: Route, extra: Readonly<Record<string, string>>) => [
    route.operation,
    (input: AnyInput = {}) => call(wire, route, { ...input, query: { ...input.query, ...extra } }, secret),
  ]
  const plan = Object.fromEntries(routes.filter(isPlannable).map((route) => method(route, { plan: 'true' })))
  return { ...Object.fromEntries(routes.map((route) => method(route, {}))), plan } as Client
}

async function call(wire: Wire, route: Route, input: AnyInput, secret: string | undefined): Promise<unknown> {
  const headers: Record<string, string> = {
    ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
    ...(input.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(input.ifMatch === undefined ? {} : { 'if-match': input.ifMatch }),
    ...(input.idempotencyKey === undefined ? {} : { 'idempotency-key': input.idempotencyKey }),
  }
  const body = input.body === undefined ? {} : { body: JSON.stringify(input.body) }
  const answer = await wire.send({ method: route.method, path: pathOf(route, input), headers, ...body })
  return readAnswer(answer)
}

/** The reply, or the refusal as an error. */
export function readAnswer({ status, text }: WireAnswer): unknown {
  const parsed = text === '' ? undefined : parse(text, status)
  if (status >= 400) throw new ApiError(status, parsed as ErrorBody | undefined)
  return parsed
}

function parse(text: string, status: number): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UnreachableError(`the answer (${status}) is not JSON: no Vivarium listens there`, { cause: error })
  }
}

/** The path with its ids and query filled in. */
export function pathOf(route: Pick<Route, 'path'>, { params = {}, query = {} }: AnyInput): string {
  const path = route.path.replace(/:(\w+)/g, (_whole, name: string) => encodeURIComponent(params[name] ?? ''))
  const asked = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return asked.length === 0 ? path : `${path}?${new URLSearchParams(asked).toString()}`
}
