import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import type { Duplex, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AgentContractError } from './errors.ts'

/** Longer than any answer takes that does not wait for work: operations answer at once. */
const ANSWER_TIMEOUT_MS = 10_000
/** An agent's answers are op records and facts; anything larger is not an agent. */
const ANSWER_LIMIT_BYTES = 4 * 1024 * 1024

export interface AgentAnswer {
  readonly status: number
  readonly body: unknown
}

/** HTTP over an agent's unix socket: short calls, one long stream, and raw connections. */
export class AgentHttp implements Disposable {
  readonly #socketPath: string
  readonly #pool = new Agent({ keepAlive: true, maxSockets: 32 })

  constructor(socketPath: string) {
    this.#socketPath = socketPath
  }

  async call(method: 'GET' | 'PUT', path: string, body?: unknown, signal?: AbortSignal): Promise<AgentAnswer> {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const sent = request({
      socketPath: this.#socketPath,
      agent: this.#pool,
      method,
      path,
      timeout: ANSWER_TIMEOUT_MS,
      ...(signal && { signal }),
      headers:
        text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
    })
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${ANSWER_TIMEOUT_MS} ms`)))
    sent.end(text)
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    return { status: response.statusCode ?? 0, body: await readJson(response) }
  }

  /** Streams bytes up; the agent answers when it has them all. */
  async upload(path: string, sizeBytes: number, content: Readable, signal: AbortSignal): Promise<AgentAnswer> {
    const sent = request({
      socketPath: this.#socketPath,
      method: 'PUT',
      path,
      signal,
      headers: { 'content-type': 'application/octet-stream', 'content-length': sizeBytes },
    })
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>
    // A refusal may come before the last byte: then the answer counts, not the broken pipe.
    const [response] = await Promise.race([answered, pipeline(content, sent, { signal }).then(() => answered)])
    return { status: response.statusCode ?? 0, body: await readJson(response) }
  }

  /** The bytes of one file, as many as the agent says. They break off where the signal says so. */
  async download(path: string, signal: AbortSignal): Promise<AgentAnswer & { readonly bytes?: IncomingMessage }> {
    const sent = request({ socketPath: this.#socketPath, agent: false, path, signal })
    // Broken off after its answer has begun: who reads the answer hears of it.
    sent.on('error', () => undefined)
    sent.end()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    const status = response.statusCode ?? 0
    return status === 200 ? { status, body: undefined, bytes: response } : { status, body: await readJson(response) }
  }

  /** The endless answer of `path`, for as long as the signal allows. */
  async stream(path: string, signal: AbortSignal): Promise<IncomingMessage> {
    const sent = request({ socketPath: this.#socketPath, agent: false, path, signal })
    sent.end()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    if (response.statusCode !== 200) throw new AgentContractError(`GET ${path} answered ${response.statusCode}`)
    return response
  }

  /** A raw connection; undefined where the agent refuses the upgrade. */
  async upgrade(path: string, protocol: string): Promise<Duplex | undefined> {
    const sent = request({
      socketPath: this.#socketPath,
      agent: false,
      path,
      timeout: ANSWER_TIMEOUT_MS,
      headers: { connection: 'upgrade', upgrade: protocol },
    })
    sent.on('timeout', () => sent.destroy(new Error('no answer to the upgrade')))
    sent.end()
    return new Promise((resolve, reject) => {
      sent.on('upgrade', (_response, socket: Duplex, head: Buffer) => {
        if (head.length > 0) socket.unshift(head)
        resolve(socket)
      })
      sent.on('response', (response) => {
        response.resume()
        resolve(undefined)
      })
      sent.on('error', reject)
    })
  }

  [Symbol.dispose](): void {
    this.#pool.destroy()
  }
}

async function readJson(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > ANSWER_LIMIT_BYTES) throw new AgentContractError('the answer is too large')
    chunks.push(chunk)
  }
  if (size === 0) return undefined
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new AgentContractError('the answer is not JSON')
  }
}
