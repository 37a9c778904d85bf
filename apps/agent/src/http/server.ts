import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import {
  AGENT_PATHS,
  OP_BODY_LIMIT_BYTES,
  OpId,
  OpPut,
  OpUndo,
  SERIAL_PROTOCOL,
  type StreamMessage,
} from '@viv/agent-api'
import { AppError, causeChain, refuse, Uuid } from '@viv/common'
import Fastify, { type FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { Backend } from '../domain/backend.ts'

type LogLine = (message: string, facts: object) => void

/** A reader this far behind would cost us memory: it is let go, connects again and gets a fresh list. */
const READER_BACKLOG_BYTES = 8 * 1024 * 1024

const OpParams = Type.Object({ opId: OpId }, { additionalProperties: false })
const VolumeParams = Type.Object({ volumeId: Uuid }, { additionalProperties: false })

/** Whom a request means: a real agent is one host, a simulator is many. */
export type FindBackend = (request: IncomingMessage) => Backend

/** The agent's API: parses, calls one method of the backend, shapes the answer. No rule lives here. */
export function buildServer(find: FindBackend, log: LogLine): FastifyInstance {
  const app = Fastify({
    bodyLimit: OP_BODY_LIMIT_BYTES,
    // Replies between our own parts tolerate unknown fields, so that a newer manager can ask an older agent.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false } },
    serverFactory: (handler) => serveUpgrades(createServer({ requestTimeout: 0 }, handler), find),
  })
  app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))
  app.setErrorHandler(async (error, request, reply) => {
    const refused = asAppError(error)
    log('a call failed', { path: request.url, error: causeChain(error) })
    if (!request.raw.complete) reply.header('connection', 'close')
    await reply.code(refused.status).send({ reason: refused.refusals[0]?.reason, facts: refused.refusals[0]?.facts })
  })
  app.get(AGENT_PATHS.hello, (request) => find(request.raw).hello())
  app.get(AGENT_PATHS.stream, (request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': 'application/x-ndjson' })
    const end = find(request.raw).subscribe((message: StreamMessage) => {
      if (reply.raw.writableLength > READER_BACKLOG_BYTES) reply.raw.destroy()
      else reply.raw.write(`${JSON.stringify(message)}\n`)
    })
    reply.raw.once('close', end)
  })
  addOps(app, find)
  app.put(AGENT_PATHS.volumeContent, { schema: { params: VolumeParams } }, async (request, reply) => {
    const { volumeId } = request.params as { volumeId: string }
    const sizeBytes = Number(request.headers['content-length'])
    if (!Number.isSafeInteger(sizeBytes)) throw refuse('malformed_body', {})
    await find(request.raw).volumeReceive(volumeId, sizeBytes, request.raw)
    return reply.code(204).send()
  })
  return app
}

function addOps(app: FastifyInstance, find: FindBackend): void {
  app.put(AGENT_PATHS.op, { schema: { params: OpParams, body: OpPut } }, async (request, reply) => {
    const { opId } = request.params as { opId: string }
    return reply.code(202).send(await find(request.raw).opPut(opId, request.body as OpPut))
  })
  app.put(AGENT_PATHS.undo, { schema: { params: OpParams, body: OpUndo } }, async (request, reply) => {
    const { opId } = request.params as { opId: string }
    return reply.code(202).send(await find(request.raw).opUndo(opId, request.body as OpUndo))
  })
  app.get(AGENT_PATHS.op, { schema: { params: OpParams } }, (request) => {
    const { opId } = request.params as { opId: string }
    const record = find(request.raw).opGet(opId)
    if (record === undefined) throw refuse('not_found', { kind: 'operation', id: opId })
    return record
  })
}

const SERIAL_PATH = /^\/vms\/([0-9a-f-]{36})\/serial$/

/** The serial line is raw bytes after an upgrade, which Fastify has no word for. */
function serveUpgrades(server: Server, find: FindBackend): Server {
  return server.on('upgrade', (request, socket: Duplex, head: Buffer) => {
    // Node has taken its own listener off: a caller that is gone must not be our end.
    socket.on('error', () => undefined)
    const vmId = SERIAL_PATH.exec(request.url ?? '')?.[1]
    const line = vmId === undefined ? undefined : find(request).serial(vmId)
    if (line === undefined || request.headers.upgrade !== SERIAL_PROTOCOL) {
      socket.end(`HTTP/1.1 409 ${STATUS_CODES[409]}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`)
      return
    }
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${SERIAL_PROTOCOL}\r\n\r\n`)
    if (head.length > 0) line.write(head)
    const end = () => {
      line.destroy()
      socket.destroy()
    }
    // A viewer that leaves ends its half; the line never would by itself.
    for (const side of [socket, line]) side.on('error', end).on('close', end).on('end', end)
    socket.pipe(line)
    line.pipe(socket)
  })
}

function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  const { validation, statusCode, message } = error as { validation?: unknown; statusCode?: number; message?: string }
  if (validation !== undefined || (statusCode ?? 500) < 500) {
    return refuse(
      'agent_refused',
      { step: 'the call', problem: message ?? 'it does not fit the contract' },
      { cause: error },
    )
  }
  return refuse('internal', { requestId: 'of the agent' }, { cause: error })
}
