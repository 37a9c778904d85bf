import type { ServerResponse } from 'node:http'
import { ROUTES } from '@viv/api'
import { causeChain } from '@viv/common'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { authorize, type Caller } from '../auth/caller.ts'
import { eventKinds, type EventQuery, type EventService } from '../services/events.ts'
import { callerOf, plain, refuseForeignOrigin, type ServerOptions } from './server.ts'

/** A reader this far behind is dropped; it comes back with the last id it has. */
const BACKLOG_LIMIT_BYTES = 1024 * 1024
/** Proxies and readers take a line that is silent for long for a dead one. */
const ALIVE_MS = 15_000

/** `eventStream`: server-sent events. https://html.spec.whatwg.org/multipage/server-sent-events.html */
export function addEvents(app: FastifyInstance, events: EventService, options: ServerOptions): void {
  const { eventStream } = ROUTES
  const open = new Set<AbortController>()
  app.route({
    method: eventStream.method,
    url: eventStream.path,
    schema: { querystring: plain(eventStream.query) },
    onRequest: (request, _reply, done) => {
      refuseForeignOrigin(request)
      authorize(callerOf(request, options), eventStream.permission)
      done()
    },
    handler: async (request, reply) => {
      const query = queryOf(request)
      const stop = new AbortController()
      open.add(stop)
      reply.raw.on('close', () => stop.abort())
      const messages = events.follow(callerOf(request, options) as Caller, query, stop.signal)
      // The first one may refuse: then it is an ordinary answer.
      const first = await messages.next()
      reply.hijack()
      reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      const alive = setInterval(() => reply.raw.write(': alive\n\n'), ALIVE_MS)
      try {
        for (let next = first; !next.done && !stop.signal.aborted; next = await messages.next())
          write(reply.raw, next.value)
      } catch (error) {
        if (!stop.signal.aborted) options.log('a stream of events ended', { error: causeChain(error) })
      } finally {
        clearInterval(alive)
        open.delete(stop)
        reply.raw.destroy()
      }
    },
  })
  app.addHook('preClose', (done) => {
    for (const stop of open) stop.abort()
    done()
  })
}

/** A browser that reconnects says in a header where it was. */
function queryOf(request: FastifyRequest): EventQuery {
  const { since, kinds } = request.query as { since?: string; kinds?: string }
  const last = request.headers['last-event-id'] ?? since
  return { kinds: eventKinds(kinds), ...(typeof last === 'string' ? { since: last } : {}) }
}

function write(response: ServerResponse, { id, event, data }: { id?: string; event: string; data: unknown }): void {
  if (response.writableLength > BACKLOG_LIMIT_BYTES) {
    response.destroy()
    return
  }
  const head = id === undefined ? '' : `id: ${id}\n`
  response.write(`${head}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
}
