import { createServer } from 'node:http'
import {
  AGENT_PATHS,
  FIRMWARE_MEMORIES,
  type FirmwareMemory,
  OP_BODY_LIMIT_BYTES,
  OpId,
  OpPut,
  OpUndo,
  type StreamMessage,
} from '@viv/agent-api'
import { AppError, causeChain, refuse, Uuid } from '@viv/common'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { Type } from 'typebox'
import type { Outgoing } from '../domain/backend.ts'
import { type FindBackend, Upgrades } from './upgrades.ts'

type LogLine = (message: string, facts: object) => void

/** A reader this far behind would cost us memory: it is let go, connects again and gets a fresh list. */
const READER_BACKLOG_BYTES = 8 * 1024 * 1024

const OpParams = Type.Object({ opId: OpId }, { additionalProperties: false })
const VolumeParams = Type.Object({ volumeId: Uuid }, { additionalProperties: false })

const FirmwareParams = Type.Object(
  { vmId: Uuid, memory: Type.Enum([...FIRMWARE_MEMORIES]) },
  { additionalProperties: false },
)

/** The agent's API: parses, calls one method of the backend, shapes the answer. No rule lives here. */
export function buildServer(find: FindBackend, log: LogLine): FastifyInstance {
  const upgrades = new Upgrades(find)
  const app = Fastify({
    bodyLimit: OP_BODY_LIMIT_BYTES,
    // Replies between our own parts tolerate unknown fields, so that a newer manager can ask an older agent.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false } },
    serverFactory: (handler) => upgrades.serve(createServer({ requestTimeout: 0 }, handler)),
  })
  app.addHook('preClose', async () => upgrades.end())
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
  addOutgoing(app, find)
  app.put(AGENT_PATHS.volumeContent, { schema: { params: VolumeParams } }, async (request, reply) => {
    const { volumeId } = request.params as { volumeId: string }
    const sizeBytes = Number(request.headers['content-length'])
    if (!Number.isSafeInteger(sizeBytes)) throw refuse('malformed_body', {})
    await find(request.raw).volumeReceive(volumeId, sizeBytes, request.raw)
    return reply.code(204).send()
  })
  app.get(AGENT_PATHS.volumeRoom, { schema: { params: VolumeParams } }, (request) => {
    const { volumeId } = request.params as { volumeId: string }
    return find(request.raw).volumeRoom(volumeId)
  })
  return app
}

function addOutgoing(app: FastifyInstance, find: FindBackend): void {
  const send = (reply: FastifyReply, { sizeBytes, content }: Outgoing) =>
    reply.type('application/octet-stream').header('content-length', sizeBytes).send(content)
  app.get(AGENT_PATHS.volumeContent, { schema: { params: VolumeParams } }, async (request, reply) => {
    const { volumeId } = request.params as { volumeId: string }
    return send(reply, await find(request.raw).volumeSend(volumeId))
  })
  app.get(AGENT_PATHS.firmware, { schema: { params: FirmwareParams } }, async (request, reply) => {
    const { vmId, memory } = request.params as { vmId: string; memory: FirmwareMemory }
    return send(reply, await find(request.raw).firmwareSend(vmId, memory))
  })
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
