import { type IncomingMessage, request } from 'node:http'
import { foldersOf } from '@viv/common'
import type { Platform } from './platform.ts'

export interface Told {
  readonly id: string | undefined
  readonly event: string
  readonly data: { readonly id?: string; readonly object?: Record<string, unknown> | null }
}

/** A reader of the stream, as a browser is one. */
export class EventReader implements Disposable {
  readonly told: Told[] = []
  hasEnded = false
  readonly #response: IncomingMessage

  private constructor(response: IncomingMessage) {
    this.#response = response
    let text = ''
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        this.#take(text.slice(0, end))
        text = text.slice(end + 2)
      }
    })
    response.on('close', () => {
      this.hasEnded = true
    })
    response.on('error', () => undefined)
  }

  static async open(platform: Platform, query = '', headers: Record<string, string> = {}): Promise<EventReader> {
    const socketPath = foldersOf(platform.folder).apiSocket
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    request({ socketPath, agent: false, path: `/v1/events${query}`, headers }, resolve)
      .on('error', reject)
      .end()
    return new EventReader(await promise)
  }

  get lastId(): string {
    return this.told.findLast(({ id }) => id !== undefined)?.id ?? ''
  }

  /** States of a VM, as they were told. */
  states(vmId: string): unknown[] {
    return this.told
      .filter(({ event, data }) => event === 'vm' && data.id === vmId)
      .map(({ data }) => data.object?.['state'])
  }

  pause(): void {
    this.#response.pause()
  }

  resume(): void {
    this.#response.resume()
  }

  [Symbol.dispose](): void {
    this.#response.destroy()
  }

  #take(block: string): void {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
    const data = field('data')
    if (data !== undefined) this.told.push({ id: field('id'), event: field('event') ?? '', data: JSON.parse(data) })
  }
}
