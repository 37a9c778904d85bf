import { QmpDisconnectedError } from './errors.ts'
import { MAX_UNSENT_BYTES, type Transport } from './transport.ts'

/** Two ends of a connection inside this process, for tests: what one end sends, the other iterates. */
export function memoryTransports(): [Transport, Transport] {
  const forth = new Pipe()
  const back = new Pipe()
  return [new MemoryTransport(forth, back), new MemoryTransport(back, forth)]
}

/** Bytes under way in one direction. */
class Pipe {
  #chunks: Uint8Array[] = []
  #sizeBytes = 0
  #isClosed = false
  #wake: () => void = () => {}

  get isClosed(): boolean {
    return this.#isClosed
  }

  push(chunk: Uint8Array): void {
    if (this.#sizeBytes + chunk.length > MAX_UNSENT_BYTES) {
      this.close()
      throw new QmpDisconnectedError(`the peer has left ${this.#sizeBytes} bytes unread`)
    }
    this.#chunks.push(chunk)
    this.#sizeBytes += chunk.length
    this.#wake()
  }

  close(): void {
    this.#isClosed = true
    this.#wake()
  }

  async *read(): AsyncGenerator<Uint8Array, void, void> {
    for (;;) {
      const chunk = this.#chunks.shift()
      if (chunk !== undefined) {
        this.#sizeBytes -= chunk.length
        yield chunk
      } else if (this.#isClosed) {
        return
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    }
  }
}

class MemoryTransport implements Transport {
  readonly #outgoing: Pipe
  readonly #incoming: Pipe

  constructor(outgoing: Pipe, incoming: Pipe) {
    this.#outgoing = outgoing
    this.#incoming = incoming
  }

  send(data: string | Uint8Array): void {
    if (this.#outgoing.isClosed) throw new QmpDisconnectedError('the connection is closed')
    this.#outgoing.push(Buffer.from(data))
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.#incoming.read()
  }

  close(): void {
    this.#outgoing.close()
    this.#incoming.close()
  }
}
