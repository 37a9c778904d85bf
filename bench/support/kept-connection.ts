import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Wire, WireAnswer, WireRequest } from '@viv/client'

export type Address =
  | { readonly socketPath: string }
  | { readonly host: string; readonly port: number; readonly isTls: true }

/** Requests over one connection that stays open: what is measured is the work, not the handshake. */
export class KeptConnection implements Wire, Disposable {
  readonly #agent: HttpAgent | HttpsAgent
  readonly #begin: (head: Omit<WireRequest, 'body'>) => ClientRequest

  constructor(address: Address) {
    const isTls = 'isTls' in address
    const agent = isTls ? new HttpsAgent(KEPT) : new HttpAgent(KEPT)
    this.#agent = agent
    // Its certificate is its own; that we reach our own manager is known from its port.
    this.#begin = (head) =>
      isTls
        ? httpsRequest({ ...address, ...head, agent, rejectUnauthorized: false })
        : httpRequest({ ...address, ...head, agent })
  }

  async send({ body, ...head }: WireRequest): Promise<WireAnswer> {
    const length = { 'content-length': String(Buffer.byteLength(body ?? '')) }
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    this.#begin({ ...head, headers: { ...head.headers, ...length } })
      .on('response', resolve)
      .on('error', reject)
      .end(body)
    const response = await promise
    response.setEncoding('utf8')
    let text = ''
    for await (const chunk of response as AsyncIterable<string>) text += chunk
    return { status: response.statusCode ?? 0, text }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }
}

const KEPT = { keepAlive: true, maxSockets: 1 }
