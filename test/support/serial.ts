import { foldersOf } from '@viv/common'
import { WebSocket } from 'ws'
import { LogIn } from './log-in.ts'
import { wokenWithin } from './woken.ts'

/** How often a line that says nothing is looked at. */
const LOOK_MS = 500

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

  async logIn(timeoutMs = 60_000): Promise<void> {
    const logIn = new LogIn()
    const deadline = Date.now() + timeoutMs
    for (;;) {
      const answer = logIn.answer(this.#text, Date.now())
      if (answer === 'in') break
      if (answer !== undefined) this.type(answer.type)
      if (this.#isClosed || Date.now() > deadline)
        throw new Error(`nobody is logged in within ${timeoutMs} ms; the line said: ${this.#text.slice(-500)}`)
      // Woken by what the line says, and in time to say again what came to nothing.
      await wokenWithin(LOOK_MS, (wake) => {
        this.#wake = wake
      })
    }
    this.#text = ''
  }

  [Symbol.dispose](): void {
    this.#socket.terminate()
  }
}
