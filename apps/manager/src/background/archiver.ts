import type { Archive } from '../archive/archive.ts'
import type { Documents } from '../store/documents.ts'
import type { Store } from '../store/store.ts'

/** Well below a transaction's keys. */
const CHANGES_A_TURN = 90
/** After a failure: a full disk, say. What waits in the outbox waits. */
const AGAIN_MS = 2_000

/**
 * Carries changes from the outbox into the archive, in the order in which they were made.
 *
 *   outbox grows ─► append to the archive (durable) ─► remove from the outbox ─► again while there are any
 *
 * Killed between the two, it appends again what is there already, which the archive ignores.
 */
export class Archiver {
  readonly #store: Store
  readonly #documents: Documents
  readonly #archive: Archive
  readonly #onProblem: (error: unknown) => void
  readonly #unsubscribe: () => void
  #turn: Promise<void> | undefined
  #again: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(store: Store, documents: Documents, archive: Archive, onProblem: (error: unknown) => void) {
    this.#store = store
    this.#documents = documents
    this.#archive = archive
    this.#onProblem = onProblem
    this.#unsubscribe = documents.outbox.cache.onChange(({ changes }) => {
      if (changes.some(({ kind, value }) => kind === documents.outbox.kind && value !== undefined)) this.#wake()
    })
    this.#wake()
  }

  /** Resolves when all that waits now has been archived; rejects where the archive can't take it. */
  async settled(): Promise<void> {
    const waiting = new Set(this.#documents.outbox.ids())
    while ([...waiting].some((id) => this.#documents.outbox.find(id) !== undefined)) {
      if (this.#isClosed) throw new Error('the manager stops')
      await this.#run()
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#unsubscribe()
    clearTimeout(this.#again)
    await this.#turn?.catch(() => undefined)
  }

  #wake(): void {
    clearTimeout(this.#again)
    this.#run().catch((error: unknown) => {
      if (this.#isClosed) return
      this.#onProblem(error)
      this.#again = setTimeout(() => this.#wake(), AGAIN_MS)
    })
  }

  /** One turn at a time; who comes meanwhile waits for it. */
  #run(): Promise<void> {
    this.#turn ??= this.#carry().finally(() => {
      this.#turn = undefined
    })
    return this.#turn
  }

  async #carry(): Promise<void> {
    const { outbox } = this.#documents
    for (let waiting = this.#waiting(); waiting.length > 0 && !this.#isClosed; waiting = this.#waiting()) {
      await this.#archive.append(waiting.map(({ id, value }) => ({ key: id, doc: value })))
      const { revision } = await this.#store.transaction({ writes: waiting.map(({ id }) => outbox.remove(id)) })
      await outbox.cache.waitFor(revision)
    }
  }

  #waiting() {
    const all = this.#documents.outbox.list()
    return all.sort((a, b) => a.revision - b.revision || (a.id < b.id ? -1 : 1)).slice(0, CHANGES_A_TURN)
  }
}
