import { EventParser, type ServerEvent } from './event-parser.ts'

/** lost: it was there, or never came, and is tried again. */
export type Connection = 'connecting' | 'live' | 'lost'

export interface EventStreamParts {
  /** Opens the stream after that id, or from now on; undefined where nobody is logged in any more. */
  open(lastId: string | undefined, signal: AbortSignal): Promise<ReadableStream<Uint8Array> | undefined>
  onEvent(event: ServerEvent): void
  onConnection(connection: Connection): void
  /** Waits before another try; ends early when there is reason to hope. */
  pause(ms: number, signal: AbortSignal): Promise<void>
}

/** The server says something every 15 seconds: three times as long is a dead line that nobody has closed. */
const SILENCE_MS = 45_000
const PAUSE_MS = { first: 250, most: 4_000 } as const

/**
 * Follows the stream of changes until it is told to end.
 *
 *   connecting ──first event──▶ live ──cut, silent──▶ lost ──pause, open after the last id──▶ live
 */
export class EventStream {
  readonly #parts: EventStreamParts
  readonly #silenceMs: number
  #lastId: string | undefined
  #pauseMs: number = PAUSE_MS.first
  #cut = new AbortController()

  constructor(parts: EventStreamParts, silenceMs = SILENCE_MS) {
    this.#parts = parts
    this.#silenceMs = silenceMs
  }

  /** Takes the connection for lost now, instead of when its silence is noticed. */
  cut(): void {
    this.#cut.abort()
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#parts.onConnection('connecting')
    while (!signal.aborted) {
      const isOver = await this.#once(signal).catch(() => false)
      if (isOver || signal.aborted) return
      this.#parts.onConnection('lost')
      await this.#parts.pause(this.#pauseMs, signal)
      this.#pauseMs = Math.min(this.#pauseMs * 2, PAUSE_MS.most)
    }
  }

  /** One connection to its end; true where there is to be no other. */
  async #once(signal: AbortSignal): Promise<boolean> {
    const cut = new AbortController()
    this.#cut = cut
    const both = AbortSignal.any([signal, cut.signal])
    let silence = setTimeout(() => cut.abort(), this.#silenceMs)
    try {
      const body = await this.#parts.open(this.#lastId, both)
      if (body === undefined) return true
      const parser = new EventParser()
      const decoder = new TextDecoder()
      const reader = body.getReader()
      const stop = (): void => void reader.cancel().catch(() => undefined)
      both.addEventListener('abort', stop)
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        clearTimeout(silence)
        silence = setTimeout(() => cut.abort(), this.#silenceMs)
        for (const event of parser.push(decoder.decode(next.value, { stream: true }))) this.#tell(event)
      }
      return false
    } finally {
      clearTimeout(silence)
    }
  }

  #tell(event: ServerEvent): void {
    this.#pauseMs = PAUSE_MS.first
    this.#parts.onConnection('live')
    this.#parts.onEvent(event)
    if (event.id !== undefined) this.#lastId = event.id
  }
}
