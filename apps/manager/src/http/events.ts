import type { ServerResponse } from 'node:http'
import { ROUTES } from '@viv/api'
import { causeChain, refuse } from '@viv/common'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { authorize, type Caller } from '../auth/caller.ts'
import type { EventQuery } from '../domain/event.ts'
import type { EventReader } from '../services/event-groups.ts'
import { eventKinds, type EventService } from '../services/events.ts'
import { callerOf, plain, refuseForeignOrigin, type ServerOptions } from './server.ts'

/** A reader this far behind is dropped; it comes back with the last id it has. */
const BACKLOG_LIMIT_BYTES = 1024 * 1024
/** Proxies and readers take a line that is silent for long for a dead one. */
const ALIVE_MS = 15_000

/** `eventStream`: server-sent events. https://html.spec.whatwg.org/multipage/server-sent-events.html */
export function addEvents(app: FastifyInstance, events: EventService, options: ServerOptions): void {
  const { eventStream } = ROUTES
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
      // It may refuse: then that is an ordinary answer.
      const stream = events.open(callerOf(request, options) as Caller, queryOf(request))
      const stop = new AbortController()
      reply.raw.on('close', () => stop.abort())
      reply.hijack()
      reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      try {
        await stream(readerOf(reply.raw), stop.signal)
      } catch (error) {
        if (!stop.signal.aborted) options.log('a stream of events ended', { error: causeChain(error) })
      } finally {
        reply.raw.destroy()
      }
    },
  })
  const alive = setInterval(() => events.tellAlive(), ALIVE_MS)
  app.addHook('preClose', (done) => {
    clearInterval(alive)
    events.close()
    done()
  })
}

/** A browser that reconnects says in a header where it was. */
function queryOf(request: FastifyRequest): EventQuery {
  const { since, kinds, ids } = request.query as { since?: string; kinds?: string; ids?: string }
  const last = request.headers['last-event-id'] ?? since
  return {
    kinds: eventKinds(kinds),
    ids: ids === undefined ? undefined : idsIn(ids),
    since: typeof last === 'string' ? last : undefined,
  }
}

function idsIn(text: string): ReadonlySet<string> {
  const ids = text.split(',')
  const bad = ids.find((id) => !/^[0-9a-f-]{36}$/.test(id))
  if (bad === undefined) return new Set(ids)
  throw refuse('invalid_field', { where: 'Parameter', field: 'ids', problem: `names "${bad}", which is no id` })
}

function readerOf(response: ServerResponse): EventReader {
  return {
    send: (chunk) => {
      if (response.destroyed || response.writableLength > BACKLOG_LIMIT_BYTES) return false
      response.write(chunk)
      return true
    },
    ready: async () => {
      if (!response.writableNeedDrain || response.destroyed) return
      const { promise, resolve } = Promise.withResolvers<void>()
      response.once('drain', resolve).once('close', resolve)
      await promise
      response.off('drain', resolve).off('close', resolve)
    },
  }
}
