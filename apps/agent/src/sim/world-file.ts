import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { FleetSize } from '@viv/common'
import type { WorldChange } from './simulated-world.ts'

const FORMAT = 'vivarium-simulation-1'
/** Written anew when it has grown by so much: some 250 000 changes. */
const GROWTH_BYTES = 64 * 1024 * 1024

export interface HostChange {
  readonly hostIndex: number
  readonly change: WorldChange
}

/**
 * Everything that has become otherwise than it was at the start, so that hosts and VMs outlive the simulator as real
 * ones outlive their agent.
 *
 *   {"format":…,"hosts":…,"vms":…}\n     the platform; another size is another platform
 *   [host, change]\n …                   appended before it is told; the last line about a thing counts
 *
 * Not synced: who loses power loses the simulated machines too. A torn last line is dropped.
 */
export class WorldFile implements Disposable {
  readonly #path: string
  readonly #header: string
  /** The line that counts, for each thing. */
  readonly #lines = new Map<string, string>()
  #file = -1
  #grownBytes = 0

  constructor(path: string, size: FleetSize) {
    this.#path = path
    this.#header = JSON.stringify({ format: FORMAT, ...size })
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    this.#read()
    this.#rewrite()
  }

  /** Each thing that has changed, as it is now. */
  *changes(): Generator<HostChange> {
    for (const line of this.#lines.values()) {
      const [hostIndex, change] = JSON.parse(line) as [number, WorldChange]
      yield { hostIndex, change }
    }
  }

  append(hostIndex: number, change: WorldChange): void {
    const line = JSON.stringify([hostIndex, change])
    this.#grownBytes += writeSync(this.#file, `${line}\n`)
    this.#remember(change, line)
    if (this.#grownBytes > GROWTH_BYTES) this.#rewrite()
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }

  #read(): void {
    const [header, ...lines] = textOf(this.#path).split('\n')
    if (header !== '' && header !== this.#header) {
      throw new Error(`${this.#path} is of another platform: ${header?.slice(0, 100)}, not ${this.#header}`)
    }
    // What stands behind the last line's end is no line.
    for (const line of lines.slice(0, -1)) this.#remember((JSON.parse(line) as [number, WorldChange])[1], line)
  }

  #remember(change: WorldChange, line: string): void {
    if ('gone' in change) this.#lines.delete(`config ${change.gone}`)
    this.#lines.set(keyOf(change), line)
  }

  #rewrite(): void {
    const temporary = `${this.#path}.new`
    const file = openSync(temporary, 'w', 0o600)
    writeSync(file, `${[this.#header, ...this.#lines.values()].join('\n')}\n`)
    renameSync(temporary, this.#path)
    if (this.#file >= 0) closeSync(this.#file)
    this.#file = file
    this.#grownBytes = 0
  }
}

function keyOf(change: WorldChange): string {
  if ('status' in change) return `vm ${change.status.vmId}`
  // The same thing: a VM is there in a state, or it is gone.
  if ('gone' in change) return `vm ${change.gone}`
  if ('config' in change) return `config ${change.config.vmId}`
  return `volume ${change.volume}`
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
