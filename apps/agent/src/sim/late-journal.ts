import { existsSync } from 'node:fs'
import { type JournalEntry, OpJournal } from '../store/op-journal.ts'

/** A host's journal, whose file is made with the first operation: on most of a thousand hosts nothing ever happens. */
export class LateJournal implements AsyncDisposable {
  readonly #path: string
  #opening: ReturnType<typeof OpJournal.open> | undefined

  private constructor(path: string) {
    this.#path = path
  }

  static async open(path: string): Promise<{ journal: LateJournal; entries: JournalEntry[] }> {
    const journal = new LateJournal(path)
    if (!existsSync(path)) return { journal, entries: [] }
    journal.#opening = OpJournal.open(path)
    const { entries } = await journal.#opening
    return { journal, entries }
  }

  async append(entry: JournalEntry, isDurable: boolean): Promise<void> {
    this.#opening ??= OpJournal.open(this.#path)
    const { journal } = await this.#opening
    await journal.append(entry, isDurable)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await this.#opening
    await opened?.journal[Symbol.asyncDispose]()
  }
}
