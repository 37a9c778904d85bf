import type { Duplex } from 'node:stream'
import { wokenWithin } from './woken.ts'

/**
 * As much of a VNC viewer as tests need. https://www.rfc-editor.org/rfc/rfc6143
 *
 *   ◄ "RFB 003.008\n" ► the same   ◄ security types ► 1 (none)   ◄ result ► shared or not   ◄ size, format, name
 *   ► 3 update request             ◄ 0 update: rectangles of raw pixels, the only encoding that nobody needs to ask for
 */
const VERSION = 'RFB 003.008\n'
const NO_SECURITY = 1
const RAW = 0
const TIMEOUT_MS = 30_000

export class Rfb implements Disposable {
  readonly ended: Promise<void>
  readonly #screen: Duplex
  #bytes = Buffer.alloc(0)
  #wake: () => void = () => undefined
  #width = 0
  #height = 0

  constructor(screen: Duplex) {
    this.#screen = screen
    const { promise, resolve } = Promise.withResolvers<void>()
    this.ended = promise
    screen.on('error', () => undefined)
    screen.on('close', () => {
      resolve()
      this.#wake()
    })
    screen.on('data', (bytes: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, bytes])
      this.#wake()
    })
  }

  async begin({ isShared }: { isShared: boolean }): Promise<{ name: string; sizeBytes: number }> {
    const version = (await this.#read(VERSION.length)).toString('latin1')
    if (version !== VERSION) throw new Error(`this is no screen: ${version}`)
    this.#screen.write(VERSION)
    const [count = 0] = await this.#read(1)
    const types = await this.#read(count)
    if (!types.includes(NO_SECURITY)) throw new Error(`the screen wants security of type ${types.join(', ')}`)
    this.#screen.write(Buffer.of(NO_SECURITY))
    const result = (await this.#read(4)).readUInt32BE()
    if (result !== 0) throw new Error(`the screen refused us: ${result}`)
    this.#screen.write(Buffer.of(isShared ? 1 : 0))
    const init = await this.#read(24)
    this.#width = init.readUInt16BE(0)
    this.#height = init.readUInt16BE(2)
    const name = (await this.#read(init.readUInt32BE(20))).toString('utf8')
    return { name, sizeBytes: this.#width * this.#height * 4 }
  }

  /** Asks for the whole screen. */
  ask(): void {
    const request = Buffer.alloc(10)
    request[0] = 3
    request.writeUInt16BE(this.#width, 6)
    request.writeUInt16BE(this.#height, 8)
    this.#screen.write(request)
  }

  /**
   * What the screen shows now, 4 bytes a pixel: as much as it has of the size that it had when we came, since a guest
   * changes the size as it boots.
   */
  async picture(): Promise<Buffer> {
    this.ask()
    const [type] = await this.#read(1)
    if (type !== 0) throw new Error(`the screen said something else: ${type}`)
    const count = (await this.#read(3)).readUInt16BE(1)
    const areas = []
    for (let index = 0; index < count; index++) areas.push(await this.#rectangle())
    return Buffer.concat(areas)
  }

  /** Presses and lets go of each key, as on an American keyboard. */
  type(text: string): void {
    for (const character of text) {
      const keysym = character === '\n' ? 0xff0d : character.charCodeAt(0)
      for (const isDown of [1, 0]) {
        const event = Buffer.from([4, isDown, 0, 0, 0, 0, 0, 0])
        event.writeUInt32BE(keysym, 4)
        this.#screen.write(event)
      }
    }
  }

  /** Reads no more. */
  pause(): void {
    this.#screen.pause()
  }

  [Symbol.dispose](): void {
    this.#screen.destroy()
  }

  async #rectangle(): Promise<Buffer> {
    const head = await this.#read(12)
    const [width, height, encoding] = [head.readUInt16BE(4), head.readUInt16BE(6), head.readInt32BE(8)]
    if (encoding !== RAW) throw new Error(`the screen encodes with ${encoding}, which nobody asked for`)
    return this.#read(width * height * 4)
  }

  async #read(length: number): Promise<Buffer> {
    const deadline = Date.now() + TIMEOUT_MS
    while (this.#bytes.length < length) {
      if (this.#screen.destroyed) throw new Error('the screen ended')
      if (Date.now() >= deadline) throw new Error(`${length} bytes did not come within ${TIMEOUT_MS} ms`)
      await wokenWithin(deadline - Date.now(), (wake) => {
        this.#wake = wake
      })
    }
    const read = this.#bytes.subarray(0, length)
    this.#bytes = this.#bytes.subarray(length)
    return read
  }
}
