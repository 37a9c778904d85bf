import { type ComplexityLimits, limitComplexity } from './complexity.ts'
import { QmpProtocolError } from './errors.ts'

/**
 * Bytes → messages. QMP and the guest agent both write one JSON object per line:
 *
 *   {"QMP": …}\r\n {"id": 1, "return": {}}\r\n      pieces of any size, cut anywhere
 *   …rest of a stale line 0xFF {"id": 7, "return": 42}\n
 *
 * 0xFF is in no UTF-8 text: the guest agent writes it before its answer to `guest-sync-delimited`, to say that what
 * stands before it on the line is the rest of something older.
 */
export type JsonObject = Record<string, unknown>

const LINE_FEED = 0x0a
const SENTINEL = 0xff

/** A full buffer doubles from here, so that a peer which sends byte by byte costs us bytes and not objects. */
const FIRST_BUFFER_BYTES = 4096

/** Reading a line costs us as much as this many bytes, however short it is: a flood of line feeds is a flood too. */
const LINE_COST_BYTES = 100

export interface FramerOptions {
  maxMessageBytes: number
  complexity?: ComplexityLimits
  /** How much may come since the last `answered()`, with what is dropped. Without it, a peer may talk without end. */
  maxUnaskedBytes?: number
  /** Drops everything before the first 0xFF, at no cost in memory. */
  startsAtSentinel?: boolean
}

export class Framer {
  readonly #maxMessageBytes: number
  readonly #complexity: ComplexityLimits | undefined
  readonly #maxUnaskedBytes: number
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })
  #isStarted: boolean
  #buffer = Buffer.allocUnsafe(FIRST_BUFFER_BYTES)
  #length = 0
  #unaskedBytes = 0

  constructor(options: FramerOptions) {
    this.#maxMessageBytes = options.maxMessageBytes
    this.#complexity = options.complexity
    this.#maxUnaskedBytes = options.maxUnaskedBytes ?? Number.POSITIVE_INFINITY
    this.#isStarted = !(options.startsAtSentinel ?? false)
  }

  /** The messages that `chunk` completes. */
  *push(chunk: Uint8Array): Generator<JsonObject, void, void> {
    this.#spend(chunk.length)
    let rest = this.#skipStale(chunk)
    for (let end = rest.indexOf(LINE_FEED); end >= 0; end = rest.indexOf(LINE_FEED)) {
      this.#spend(LINE_COST_BYTES)
      this.#append(rest.subarray(0, end))
      rest = rest.subarray(end + 1)
      const message = this.#takeLine()
      if (message !== undefined) yield message
    }
    this.#append(rest)
  }

  /** What came last was waited for: the peer is well. */
  answered(): void {
    this.#unaskedBytes = 0
  }

  #spend(bytes: number): void {
    this.#unaskedBytes += bytes
    if (this.#unaskedBytes > this.#maxUnaskedBytes) {
      throw new QmpProtocolError(`the peer has sent ${this.#maxUnaskedBytes} bytes that answer nothing`)
    }
  }

  #skipStale(chunk: Uint8Array): Uint8Array {
    if (this.#isStarted) return chunk
    const sentinel = chunk.indexOf(SENTINEL)
    if (sentinel < 0) return chunk.subarray(chunk.length)
    this.#isStarted = true
    return chunk.subarray(sentinel + 1)
  }

  #append(piece: Uint8Array): void {
    const sentinel = piece.lastIndexOf(SENTINEL)
    if (sentinel >= 0) this.#length = 0
    const fresh = piece.subarray(sentinel + 1)
    const length = this.#length + fresh.length
    if (length > this.#maxMessageBytes) {
      throw new QmpProtocolError(`a message is longer than ${this.#maxMessageBytes} bytes`)
    }
    if (length > this.#buffer.length) this.#grow(length)
    this.#buffer.set(fresh, this.#length)
    this.#length = length
  }

  #grow(length: number): void {
    const larger = Buffer.allocUnsafe(Math.max(length, this.#buffer.length * 2))
    larger.set(this.#buffer.subarray(0, this.#length))
    this.#buffer = larger
  }

  #takeLine(): JsonObject | undefined {
    const line = this.#buffer.subarray(0, this.#length)
    this.#length = 0
    // One large reply must not hold its memory for the connection's life.
    if (this.#buffer.length > FIRST_BUFFER_BYTES) this.#buffer = Buffer.allocUnsafe(FIRST_BUFFER_BYTES)
    return line.length === 0 ? undefined : this.#parse(line)
  }

  #parse(line: Uint8Array): JsonObject | undefined {
    if (this.#complexity !== undefined) limitComplexity(line, this.#complexity)
    let value: unknown
    try {
      const text = this.#decoder.decode(line)
      if (text.trim() === '') return undefined
      value = JSON.parse(text)
    } catch (error) {
      throw new QmpProtocolError('a line is not JSON', { cause: error })
    }
    if (!isJsonObject(value)) throw new QmpProtocolError('a message is not a JSON object')
    return value
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
