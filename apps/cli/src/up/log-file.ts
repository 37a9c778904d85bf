import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'

/** Enough for weeks; with the one before it, what logs may take. */
const MAX_BYTES = 10 * 1024 * 1024

/** A daemon's log. It never grows past its bound: then it becomes NAME.1, and the NAME.1 before it goes. */
export class LogFile {
  readonly path: string
  readonly #maxBytes: number
  #file: number
  #sizeBytes: number

  constructor(path: string, maxBytes = MAX_BYTES) {
    this.path = path
    this.#maxBytes = maxBytes
    this.#file = openSync(path, 'a', 0o640)
    this.#sizeBytes = fstatSync(this.#file).size
  }

  /** Where the disk is full, the line is lost: a daemon must not stop for its log. */
  write(line: string): void {
    const bytes = Buffer.from(`${line}\n`)
    try {
      if (this.#sizeBytes + bytes.length > this.#maxBytes) this.#rotate()
      this.#sizeBytes += writeSync(this.#file, bytes)
    } catch (error) {
      if (!['ENOSPC', 'EDQUOT', 'EIO', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }

  #rotate(): void {
    renameSync(this.path, `${this.path}.1`)
    const next = openSync(this.path, 'a', 0o640)
    closeSync(this.#file)
    this.#file = next
    this.#sizeBytes = 0
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }
}
