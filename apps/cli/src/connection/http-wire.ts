import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { UnreachableError, type Wire, type WireAnswer, type WireRequest } from '@viv/client'
import type { Transport } from './transport.ts'

/** Silence after which a server counts as gone; the longest wait that viv asks for is far shorter. */
const SILENCE_MS = 60_000
/** A server that does not know `Expect` says nothing: then the bytes go out all the same. */
const CONTINUE_MS = 1_000
const REFUSAL_MS = 100

/** HTTP over a transport, one connection a request. */
export function httpWire(transport: Transport): Wire {
  return { send: (request) => exchange(transport, request) }
}

async function exchange(transport: Transport, { body, ...head }: WireRequest): Promise<WireAnswer> {
  // Said also where there is none: Node sends a DELETE with a body without a word about its length.
  const length = { 'content-length': String(Buffer.byteLength(body ?? '')) }
  const sent = await begin(transport, { ...head, headers: { ...head.headers, ...length } })
  sent.setTimeout(SILENCE_MS, () => sent.destroy(new Error(`silent for ${SILENCE_MS / 1000} seconds`)))
  const answer = answerOf(sent, transport)
  sent.end(body)
  return answer
}

export interface Received {
  readonly sizeBytes: number
  readonly content: Readable
}

/** The bytes of a streamed answer; where the server refuses, its refusal as every other answer is. */
export async function receiveStream(
  transport: Transport,
  head: Omit<WireRequest, 'body'>,
): Promise<WireAnswer | Received> {
  const sent = await begin(transport, head)
  sent.setTimeout(SILENCE_MS, () => sent.destroy(new Error(`silent for ${SILENCE_MS / 1000} seconds`)))
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const fail = (error: Error) =>
    reject(new UnreachableError(`The connection to ${transport.name} broke: ${error.message}`, { cause: error }))
  sent.on('error', fail).on('response', resolve).end()
  const response = await promise
  if (response.statusCode === 200) {
    return { sizeBytes: Number(response.headers['content-length']), content: response }
  }
  return { status: response.statusCode ?? 0, text: await readText(response) }
}

/**
 * Streams a body of a size that is known.
 *
 *   head with `Expect: 100-continue` ──▶ "go on" ──▶ a moment for a refusal ──▶ the bytes
 *
 * A server that refuses closes at once, and bytes sent against a closed connection would cost us its answer.
 */
export async function sendStream(
  transport: Transport,
  head: Omit<WireRequest, 'body'>,
  body: Readable,
): Promise<WireAnswer> {
  const sent = await begin(transport, { ...head, headers: { ...head.headers, expect: '100-continue' } })
  const answer = answerOf(sent, transport)
  body.once('error', (error) => sent.destroy(error))
  try {
    const refusal = await Promise.race([answer, goAhead(sent)])
    if (refusal !== undefined) return refusal
    body.pipe(sent)
    return await answer
  } catch (error) {
    // Where the file can't be read the request is broken off, and the reason is the file's.
    throw body.errored ?? error
  } finally {
    body.destroy()
    sent.destroy()
  }
}

async function goAhead(sent: ClientRequest): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<void>()
  sent.once('continue', resolve)
  await Promise.race([promise, delay(CONTINUE_MS, undefined, { ref: false })])
  await delay(REFUSAL_MS, undefined, { ref: false })
}

async function begin(
  { authority, open }: Transport,
  { method, path, headers }: Omit<WireRequest, 'body'>,
): Promise<ClientRequest> {
  const socket = await open()
  return httpRequest({ createConnection: () => socket, method, path, headers: { ...headers, host: authority } })
}

function answerOf(sent: ClientRequest, { name }: Transport): Promise<WireAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<WireAnswer>()
  const fail = (error: Error) =>
    reject(new UnreachableError(`The connection to ${name} broke: ${error.message}`, { cause: error }))
  sent.on('error', fail)
  sent.on('response', (response: IncomingMessage) => {
    readText(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), fail)
  })
  return promise
}

export async function readText(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8')
  let text = ''
  for await (const chunk of response as AsyncIterable<string>) text += chunk
  return text
}
