import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { OpError, OpKind, OpState } from '../domain/contract.ts'
import { syncFolder } from './durable-file.ts'

/** One line of the journal: where an operation stands. The last line of an id counts. */
export interface JournalEntry {
  readonly id: string
  readonly kind: OpKind
  readonly attempt: number
  readonly state: OpState
  readonly at: string
  readonly output?: unknown
  readonly error?: OpError
}

/** Lines that go to the disk together. */
interface Batch {
  readonly lines: string[]
  isDurable: boolean
  readonly written: Promise<void>
}

/**
 * A duplicate of a request cannot come later than this: nothing between manager and agent keeps one for a day.
 * Until then every id is remembered, tombstones above all.
 */
const KEPT_MS = 24 * 3_600_000
const FORMAT = 'vivarium-ops-1'

/**
 * What the agent was asked to do, durable before it is done.
 *
 *   <checksum> <json>\n     appended and synced at the beginning of an operation and of its undo;
 *                           appended only at their ends: a lost end is an interruption, which is told as one
 *
 * A torn last line is what a power failure leaves; it is dropped. Rewritten at every start without what is old.
 */
export class OpJournal implements AsyncDisposable {
  readonly #file: FileHandle
  /** Where the last whole batch ends. */
  #sizeBytes: number
  #isTorn = false
  #tail: Promise<void> = Promise.resolve()
  #waiting: Batch | undefined

  private constructor(file: FileHandle, sizeBytes: number) {
    this.#file = file
    this.#sizeBytes = sizeBytes
  }

  static async open(path: string): Promise<{ journal: OpJournal; entries: JournalEntry[] }> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const entries = await readEntries(path)
    const temporary = `${path}.new`
    // Appending, so that what is written after a cut stands at the cut.
    const { O_WRONLY, O_CREAT, O_TRUNC, O_APPEND } = constants
    const file = await open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o600)
    const text = `${FORMAT}\n${entries.map(toLine).join('')}`
    await file.writeFile(text)
    await file.datasync()
    await rename(temporary, path)
    await syncFolder(dirname(path))
    return { journal: new OpJournal(file, Buffer.byteLength(text)), entries }
  }

  /** Resolves once the entry is written, and on disk where `isDurable`. Entries that wait are written together. */
  append(entry: JournalEntry, isDurable: boolean): Promise<void> {
    const line = toLine(entry)
    if (this.#waiting !== undefined) {
      this.#waiting.lines.push(line)
      this.#waiting.isDurable ||= isDurable
      return this.#waiting.written
    }
    const batch: Batch = { lines: [line], isDurable, written: this.#tail.then(() => this.#write(batch)) }
    this.#waiting = batch
    // A failed write is told to whoever waits for it; the next one tries for itself.
    this.#tail = batch.written.catch(() => undefined)
    return batch.written
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tail
    await this.#file.close()
  }

  async #write(batch: Batch): Promise<void> {
    this.#waiting = undefined
    const bytes = Buffer.from(batch.lines.join(''))
    // A full disk takes a part of a line: cut off before the next one, which would else be glued to it.
    if (this.#isTorn) await this.#file.truncate(this.#sizeBytes)
    this.#isTorn = true
    await this.#file.appendFile(bytes)
    this.#isTorn = false
    this.#sizeBytes += bytes.length
    if (batch.isDurable) await this.#file.datasync()
  }
}

async function readEntries(path: string): Promise<JournalEntry[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return `${FORMAT}\n`
    throw error
  })
  const [format, ...lines] = text.split('\n')
  if (format !== FORMAT) throw new Error(`${path} is not a journal that this version knows: ${format?.slice(0, 40)}`)
  const oldest = new Date(Date.now() - KEPT_MS).toISOString()
  const byId = new Map<string, JournalEntry>()
  for (const [index, line] of lines.entries()) {
    if (line === '') continue
    const entry = fromLine(line)
    if (entry !== undefined) byId.set(entry.id, entry)
    else if (index < lines.length - 2) throw new Error(`${path} is damaged in line ${index + 2}`)
  }
  return [...byId.values()].filter((entry) => entry.at > oldest)
}

const checksum = (json: string): string => createHash('sha256').update(json).digest('hex').slice(0, 16)

function toLine(entry: JournalEntry): string {
  const json = JSON.stringify(entry)
  return `${checksum(json)} ${json}\n`
}

function fromLine(line: string): JournalEntry | undefined {
  const [sum, json] = [line.slice(0, 16), line.slice(17)]
  return sum === checksum(json) ? (JSON.parse(json) as JournalEntry) : undefined
}
