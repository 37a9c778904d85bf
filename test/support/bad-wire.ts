import { createServer, type IncomingMessage, request, type RequestOptions, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

export interface Faults {
  /** Chances from 0 to 1. */
  readonly delayRequest: number
  readonly duplicate: number
  readonly cutRequest: number
  readonly cutReply: number
}

const LONGEST_DELAY_MS = 200
/** A duplicate may come long after the work is done, undone and forgotten by everybody but the agent. */
const LATEST_DUPLICATE_MS = 2_000

/** A wire between manager and agent that delays, duplicates and cuts requests and replies. */
export class BadWire implements AsyncDisposable {
  readonly #agentSocket: string
  readonly #random: () => number
  readonly #server = createServer((asked, reply) => void this.#pass(asked, reply))
  readonly #late = new Set<Promise<void>>()
  /** Nobody gets through. */
  isDown = false
  faults: Faults = { delayRequest: 0, duplicate: 0, cutRequest: 0, cutReply: 0 }
  /** How often each fault happened: a test of none would prove nothing. */
  readonly counts = { delayRequest: 0, duplicate: 0, cutRequest: 0, cutReply: 0 }

  constructor(agentSocket: string, random: () => number) {
    this.#agentSocket = agentSocket
    this.#random = random
  }

  async listen(path: string): Promise<void> {
    await new Promise<void>((resolve, reject) => this.#server.once('error', reject).listen(path, resolve))
  }

  /** Cuts every connection there is. */
  cut(): void {
    this.#server.closeAllConnections()
  }

  /** Until the last duplicate has arrived. */
  async settled(): Promise<void> {
    await Promise.all(this.#late)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.settled()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #pass(asked: IncomingMessage, reply: ServerResponse): Promise<void> {
    if (this.isDown) return void reply.destroy()
    const chunks: Buffer[] = []
    for await (const chunk of asked as AsyncIterable<Buffer>) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const options = { method: asked.method, path: asked.url, headers: asked.headers } satisfies RequestOptions
    const isChange = asked.method === 'PUT'
    if (isChange && this.#happens('cutRequest')) return void reply.destroy()
    if (isChange && this.#happens('delayRequest')) await delay(this.#random() * LONGEST_DELAY_MS)
    if (isChange && this.#happens('duplicate')) this.#again(options, body)
    const isCut = isChange && this.#happens('cutReply')
    const sent = request({ ...options, socketPath: this.#agentSocket, agent: false }, (answer) => {
      if (isCut) return void reply.destroy()
      reply.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(reply)
      answer.on('error', () => reply.destroy())
    })
    sent.on('error', () => reply.destroy())
    reply.on('close', () => sent.destroy())
    sent.end(body)
  }

  #again(options: RequestOptions, body: Buffer): void {
    const late = delay(this.#random() * LATEST_DUPLICATE_MS).then(
      () =>
        new Promise<void>((resolve) => {
          const sent = request({ ...options, socketPath: this.#agentSocket, agent: false }, (answer) => {
            answer.resume().on('close', resolve)
          })
          sent.on('error', () => resolve()).end(body)
        }),
    )
    this.#late.add(late)
    void late.then(() => this.#late.delete(late))
  }

  #happens(fault: keyof Faults): boolean {
    const does = this.#random() < this.faults[fault]
    if (does) this.counts[fault] += 1
    return does
  }
}
