import { Framer, type JsonObject } from '../src/framer.ts'
import { memoryTransports } from '../src/memory-transport.ts'
import type { Transport } from '../src/transport.ts'

const COLLECT_TIMEOUT_MS = 5_000

/** The other end of a connection, played by a test: it sees what arrives and says what it likes. */
export class Peer {
  readonly far: Transport
  readonly received: JsonObject[] = []
  readonly ended: Promise<void>
  readonly #near: Transport
  #wake: () => void = () => {}

  constructor() {
    const [near, far] = memoryTransports()
    this.#near = near
    this.far = far
    this.ended = this.#collect()
  }

  say(...messages: unknown[]): void {
    this.sayRaw(messages.map((message) => `${JSON.stringify(message)}\r\n`).join(''))
  }

  sayRaw(data: string | Uint8Array): void {
    this.#near.send(data)
  }

  hangUp(): void {
    this.#near.close()
  }

  /** The `count`-th command that arrives, counted from 1. */
  async command(count: number): Promise<JsonObject> {
    const deadline = setTimeout(() => this.#wake(), COLLECT_TIMEOUT_MS)
    const until = Date.now() + COLLECT_TIMEOUT_MS
    try {
      for (;;) {
        const command = this.received[count - 1]
        if (command !== undefined) return command
        if (Date.now() >= until) throw new Error(`only ${this.received.length} commands arrived, not ${count}`)
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    } finally {
      clearTimeout(deadline)
    }
  }

  async #collect(): Promise<void> {
    const framer = new Framer({ maxMessageBytes: 1024 * 1024 })
    for await (const chunk of this.#near) {
      this.received.push(...framer.push(chunk))
      this.#wake()
    }
  }
}
