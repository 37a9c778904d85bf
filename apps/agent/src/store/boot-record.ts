import { readFile } from 'node:fs/promises'
import type { OpError } from '../domain/contract.ts'
import { writeDurably } from './durable-file.ts'

/** One VM of those that were to start when the host did. */
export interface Turn {
  readonly vmId: string
  /** `over`: it was started, or somebody decided otherwise meanwhile. */
  readonly state: 'waiting' | 'over' | 'failed'
  readonly failure?: OpError & { readonly at: string }
}

/** What this host's agent knew of the host's last start. */
export interface BootRecord {
  readonly bootId: string
  /** In the order of their turns. */
  readonly turns: readonly Turn[]
  /** When the next turn comes. */
  readonly nextAt?: string
}

const FORMAT = 1

/** `<agent's data>/boot.json`: how far the VMs that start with the host have come. */
export class BootFile {
  readonly #path: string
  #written: Promise<void> = Promise.resolve()

  constructor(path: string) {
    this.#path = path
  }

  /** undefined where no agent has looked yet. */
  async read(): Promise<BootRecord | undefined> {
    const text = await readFile(this.#path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (text === undefined) return undefined
    const { format, ...record } = JSON.parse(text) as BootRecord & { format: number }
    if (format !== FORMAT) throw new Error(`${this.#path} has format ${format}; this version knows ${FORMAT}`)
    return record
  }

  /** One after the other: the last one stays. */
  write(record: BootRecord): Promise<void> {
    const written = this.#written.then(() => writeDurably(this.#path, JSON.stringify({ format: FORMAT, ...record })))
    this.#written = written.catch(() => undefined)
    return written
  }
}
