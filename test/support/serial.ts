import { foldersOf } from '@viv/common'
import { WebSocket } from 'ws'
import { wokenWithin } from './woken.ts'

/** A translated guest starts its shell in less, on a busy host too. */
const PASSWORD_TIMEOUT_MS = 5_000

/** A guest's serial line, as `viv vm console` has it. */
export class Serial implements Disposable {
  readonly #socket: WebSocket
  #text = ''
  #isClosed = false
  #wake: () => void = () => undefined

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (bytes: Buffer) => {
      this.#text += bytes.toString('latin1')
      this.#wake()
    })
    socket.on('close', () => {
      this.#isClosed = true
      this.#wake()
    })
  }

  static async open(root: string, vmId: string): Promise<Serial> {
    const socket = new WebSocket(`ws+unix://${foldersOf(root).apiSocket}:/v1/vms/${vmId}/serial`)
    const serial = new Serial(socket)
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    return serial
  }

  /** Waits for the words, and forgets all up to their end. */
  async expect(words: string, timeoutMs = 60_000): Promise<string> {
    const deadline = Date.now() + timeoutMs
    while (!this.#text.includes(words)) {
      if (this.#isClosed) throw new Error(`the line closed before "${words}" came; it said: ${this.#text.slice(-500)}`)
      const leftMs = deadline - Date.now()
      if (leftMs <= 0)
        throw new Error(`"${words}" did not come within ${timeoutMs} ms; the line said: ${this.#text.slice(-500)}`)
      await wokenWithin(leftMs, (wake) => {
        this.#wake = wake
      })
    }
    const end = this.#text.indexOf(words) + words.length
    const before = this.#text.slice(0, end)
    this.#text = this.#text.slice(end)
    return before
  }

  type(text: string): void {
    this.#socket.send(Buffer.from(text))
  }

  async logIn(): Promise<void> {
    // The prompt may have been printed before anybody looked.
    this.type('\r')
    await this.expect('login:')
    this.type('root\r')
    await this.expect('assword:')
    // The guest throws away what it was sent before it had turned its echo off, a moment after the prompt. And a name
    // that came before getty had set the line up makes it believe in line feeds, after which a return ends no line.
    for (let tries = 10; ; tries--) {
      this.type('micro\n')
      const isIn = await this.expect('# ', PASSWORD_TIMEOUT_MS).catch((error: unknown) => {
        if (tries === 0) throw error
      })
      if (isIn !== undefined) return
    }
  }

  [Symbol.dispose](): void {
    this.#socket.terminate()
  }
}
