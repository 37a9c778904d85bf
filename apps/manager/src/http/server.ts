import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import { isPlannable, type Operation, type Route, ROUTES } from '@viv/api'
import { causeChain, refuse } from '@viv/common'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { authorize, type Caller, LOCAL_ROOT } from '../auth/caller.ts'
import type { SessionService } from '../services/sessions.ts'
import type { Handlers, Input } from './handler.ts'
import type { LocalSockets } from './local-socket.ts'
import { asAppError, errorBody, JSON_LIMIT_BYTES, statusOf } from './refusals.ts'
import { secretOf } from './session-cookie.ts'

export interface ServerOptions {
  readonly tls: { readonly key: string; readonly cert: string } | undefined
  readonly sessions: SessionService
  readonly handlers: Handlers
  readonly localSockets: LocalSockets
  readonly log: (line: string, facts: object) => void
}

/** Uploads take as long as they take; headers have a deadline of Node's own. */
const REQUEST_TIMEOUT_MS = 0
const MAX_KEY_LENGTH = 128

/** Fastify with our strictness: unknown fields are refused instead of dropped, and nothing is coerced. */
export function buildServer(options: ServerOptions): FastifyInstance {
  const app = Fastify({
    ...(options.tls === undefined ? {} : { https: options.tls }),
    bodyLimit: JSON_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    exposeHeadRoutes: false,
    // A stop does not wait for uploads and long-polls: they are begun again.
    forceCloseConnections: true,
    genReqId: () => randomUUID(),
    ajv: {
      customOptions: {
        removeAdditional: false,
        coerceTypes: false,
        useDefaults: false,
        allErrors: false,
        verbose: true,
      },
    },
  }) as unknown as FastifyInstance
  app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))
  app.setErrorHandler((error, request, reply) => sendError(options, error, request, reply))
  app.setNotFoundHandler((request) => {
    const path = request.url.split('?')[0] ?? ''
    throw refuse('no_such_route', { method: request.method, path })
  })
  for (const route of Object.values(ROUTES) as Route[]) {
    if (route.isWebSocket !== true && route.isEventStream !== true) addRoute(app, route, options)
  }
  return app
}

function addRoute(app: FastifyInstance, route: Route, options: ServerOptions): void {
  const handler = options.handlers[route.operation as keyof Handlers] as
    | ((input: Input<Operation>) => unknown)
    | undefined
  if (handler === undefined) throw new Error(`route ${route.operation} has no handler`)
  app.route({
    method: route.method,
    url: route.path,
    schema: {
      ...(route.params === undefined ? {} : { params: plain(route.params) }),
      querystring: plain(route.query ?? NOTHING),
      ...(route.streams === undefined && route.method !== 'GET' ? { body: plain(route.body ?? OPTIONAL_NOTHING) } : {}),
    },
    // Before the body is read: nobody unknown gets to send us one.
    onRequest: async (request) => {
      refuseForeignOrigin(request)
      authorize(callerOf(request, options), route.permission)
      const isSent = route.streams !== undefined && !isPlan(route, request)
      if (isSent && request.headers['content-type'] !== route.streams) {
        const type = request.headers['content-type'] ?? 'none'
        throw refuse('media_type', { type, wanted: route.streams ?? '' })
      }
    },
    handler: async (request, reply) => {
      const result = await handler(inputOf(route, request, callerOf(request, options), reply))
      return reply.code(isPlan(route, request) ? 200 : route.status).send(result)
    },
  })
}

/** Whether only the plan is asked for: then nothing is sent along, and nothing happens. */
const isPlan = (route: Route, { query }: FastifyRequest): boolean =>
  isPlannable(route) && (query as { plan?: string }).plan === 'true'

const NOTHING = { type: 'object', properties: {}, additionalProperties: false }
const OPTIONAL_NOTHING = { anyOf: [NOTHING, { type: 'null' }] }

/** The schema without its name: two routes may share one, and Ajv would take them for rivals. */
export function plain(schema: object | undefined): object | undefined {
  if (schema === undefined) return undefined
  const { $id: _name, ...rest } = schema as { $id?: string }
  return rest
}

function inputOf(
  route: Route,
  request: FastifyRequest,
  caller: Caller | undefined,
  reply: FastifyReply,
): Input<Operation> {
  const ifMatch = request.headers['if-match']?.replace(/^"(.*)"$/, '$1') ?? ''
  if (route.needsIfMatch === true && ifMatch === '') throw refuse('if_match_required', {})
  const { 'content-length': length } = request.headers
  const { why } = request.query as { why?: string }
  const input = {
    caller,
    params: request.params,
    query: request.query,
    body: request.body ?? undefined,
    ifMatch,
    change: {
      caller,
      operation: route.operation,
      words: JSON.stringify([request.url, route.streams === undefined ? (request.body ?? null) : length]),
      ...idempotencyKey(request),
      ...(why === undefined ? {} : { why }),
    },
    remoteAddress: request.socket.remoteAddress ?? 'local',
    stream: request.body as Readable,
    contentLength: length === undefined ? undefined : Number(length),
    raw: request.raw,
    answerBytes: ({ sizeBytes, content }: { sizeBytes: number; content: Readable }) => {
      reply.type(route.answers ?? '').header('content-length', sizeBytes)
      return content
    },
    setCookie: (cookie: string) => void reply.header('set-cookie', cookie),
  }
  return input as unknown as Input<Operation>
}

function idempotencyKey(request: FastifyRequest): { idempotencyKey?: string } {
  const key = request.headers['idempotency-key']
  if (key === undefined) return {}
  if (typeof key !== 'string' || key === '' || key.length > MAX_KEY_LENGTH) {
    const problem = `must have 1 to ${MAX_KEY_LENGTH} characters`
    throw refuse('invalid_field', { where: 'Header', field: 'Idempotency-Key', problem })
  }
  return { idempotencyKey: key }
}

export function callerOf(
  request: Pick<FastifyRequest, 'headers' | 'socket'>,
  { sessions, localSockets }: Pick<ServerOptions, 'sessions' | 'localSockets'>,
): Caller | undefined {
  if (localSockets.has(request.socket)) return LOCAL_ROOT
  const { authorization, cookie } = request.headers
  if (authorization === undefined) return authenticated(sessions, secretOf(cookie))
  const [scheme, secret] = authorization.split(' ')
  return scheme?.toLowerCase() === 'bearer' ? authenticated(sessions, secret) : undefined
}

function authenticated(sessions: SessionService, secret: string | undefined): Caller | undefined {
  return secret === undefined ? undefined : sessions.authenticate(secret)
}

/**
 * A browser says where a page came from: another site's page must not act through it. A cookie goes with whatever
 * a browser sends, so what it changes or opens must say where it comes from.
 */
export function refuseForeignOrigin({
  headers,
  method,
}: Pick<FastifyRequest, 'headers'> & { readonly method?: string | undefined }): void {
  const { origin, host, authorization, cookie, upgrade } = headers
  if (origin !== undefined && origin !== `https://${host}`) throw refuse('foreign_origin', { origin })
  const isByCookie = authorization === undefined && secretOf(cookie) !== undefined
  const isHarmless = method === 'GET' && upgrade === undefined
  if (origin === undefined && isByCookie && !isHarmless) throw refuse('origin_missing', {})
}

/** Closing with bytes unread would tear the answer away from a client that is still sending; this long it may. */
const DRAIN_MS = 2_000

/** A body that was refused unread is read away for a moment, so that the answer arrives; then the line is cut. */
function drain(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('connection', 'close')
  request.raw.resume()
  const cut = setTimeout(() => request.raw.destroy(), DRAIN_MS)
  request.raw.once('close', () => clearTimeout(cut))
}

async function sendError(options: ServerOptions, error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const path = request.url.split('?')[0] ?? ''
  const refused = asAppError(error, request.id, { method: request.method, path })
  if (statusOf(refused) >= 500) options.log('request failed', { requestId: request.id, error: causeChain(refused) })
  if (!request.raw.complete) drain(request, reply)
  await reply.code(statusOf(refused)).send(errorBody(refused, request.id))
}
