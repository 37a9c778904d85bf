import { createConnection, type Socket } from 'node:net'
import { Duplex } from 'node:stream'

/** What a viewer that comes later still sees: a few screens. */
const SCROLLBACK_BYTES = 64 * 1024
/** A viewer this far behind is let go; the guest's output does not wait for anybody. */
const VIEWER_BACKLOG_BYTES = 1024 * 1024

/**
 * The one connection to a VM's serial line (QEMU serves one at a time), shared by all who look. It is read also
 * when nobody looks, so that the last screens are there and the guest never waits.
 */
export class SerialLine {
  readonly #path: string
  #socket: Socket | undefined
  readonly #viewers = new Set<Duplex>()
  #scrollback: Buffer[] = []
  #scrollbackBytes = 0
  #isWanted = false

  constructor(path: string) {
    this.#path = path
  }

  /** The machine is there: from now on it is read. */
  open(): void {
    this.#isWanted = true
    if (this.#socket !== undefined) return
    const socket = createConnection({ path: this.#path })
    this.#socket = socket
    socket.on('data', (bytes: Buffer) => this.#take(bytes))
    // QEMU ended, or could not be reached: those who look are told by the end of their stream.
    socket.on('error', () => undefined)
    socket.on('close', () => this.#socket === socket && this.#end())
  }

  /** Undefined where there is no machine. A line that broke is tried again for who looks. */
  view(): Duplex | undefined {
    if (!this.#isWanted) return undefined
    this.open()
    const viewer = new Duplex({
      read: () => undefined,
      write: (bytes: Buffer, _encoding, done) => {
        // A guest that does not read holds up who types, not our memory.
        if (this.#socket === undefined) done()
        else this.#socket.write(bytes, () => done())
      },
      destroy: (_error, done) => {
        this.#viewers.delete(viewer)
        done(null)
      },
    })
    for (const bytes of this.#scrollback) viewer.push(bytes)
    this.#viewers.add(viewer)
    return viewer
  }

  /** The machine is gone, and what it said with it. */
  close(): void {
    this.#isWanted = false
    this.#end()
    this.#scrollback = []
    this.#scrollbackBytes = 0
  }

  #end(): void {
    this.#socket?.destroy()
    this.#socket = undefined
    for (const viewer of this.#viewers) viewer.push(null)
    this.#viewers.clear()
  }

  #take(bytes: Buffer): void {
    this.#scrollback.push(bytes)
    this.#scrollbackBytes += bytes.length
    while (this.#scrollbackBytes > SCROLLBACK_BYTES && this.#scrollback.length > 1) {
      this.#scrollbackBytes -= this.#scrollback.shift()?.length ?? 0
    }
    for (const viewer of this.#viewers) {
      if (viewer.readableLength > VIEWER_BACKLOG_BYTES) viewer.destroy()
      else viewer.push(bytes)
    }
  }
}
