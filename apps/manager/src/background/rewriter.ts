import type { Collection } from '../store/collection.ts'
import type { Documents } from '../store/documents.ts'
import { type Expectation, type Store, StoreConflictError, type Write } from '../store/store.ts'
import { collectionsOf } from '../store/written-formats.ts'

/** Small enough for the bytes of a transaction, whatever is in them. */
const DOCUMENTS_A_TRANSACTION = 20
/** After a failure: a full disk, say. */
const AGAIN_MS = 2_000

export interface RewriterOptions {
  readonly store: Store
  readonly documents: Documents
  readonly onProblem: (error: unknown) => void
  /** After each transaction: tests stop the process there. */
  readonly onRewritten?: () => void
}

/**
 * Brings documents to the way in which they are written now: all of them once an upgrade was finished, and whatever was on its
 * way to the store at that moment.
 *
 *   finished, or one comes in another way ─▶ some of them in one transaction ─▶ again while there are any
 *
 * What is to be done is what lies there otherwise: killed in the midst of it, the next manager goes on.
 */
export class Rewriter {
  readonly #options: RewriterOptions
  readonly #unsubscribe: () => void
  #turn: Promise<void> | undefined
  #again: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: RewriterOptions) {
    this.#options = options
    const { documents } = options
    const byKind = new Map(collectionsOf(documents).map((collection) => [collection.kind, collection]))
    this.#unsubscribe = documents.written.cache.onChange(({ changes }) => {
      const isOther = changes.some(({ kind, value }) => {
        const collection = byKind.get(kind)
        return kind === documents.written.kind || (value && collection && value['version'] !== collection.version)
      })
      if (isOther) this.#wake()
    })
    this.#wake()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#unsubscribe()
    clearTimeout(this.#again)
    await this.#turn?.catch(() => undefined)
  }

  #wake(): void {
    clearTimeout(this.#again)
    if (this.#isClosed || this.#turn !== undefined) return
    this.#turn = this.#rewrite()
      .catch((error: unknown) => {
        this.#options.onProblem(error)
        if (!this.#isClosed) this.#again = setTimeout(() => this.#wake(), AGAIN_MS)
      })
      .finally(() => {
        this.#turn = undefined
      })
  }

  async #rewrite(): Promise<void> {
    for (let all = this.#otherwise(); all.length > 0; all = this.#otherwise()) {
      for (let from = 0; from < all.length; from += DOCUMENTS_A_TRANSACTION) {
        if (this.#isClosed) return
        await this.#commit(all.slice(from, from + DOCUMENTS_A_TRANSACTION).flatMap(rewriting))
      }
    }
  }

  #otherwise(): Place[] {
    return collectionsOf(this.#options.documents).flatMap((collection) =>
      Array.from(collection.otherwiseWritten(), (id) => ({ collection, id })),
    )
  }

  async #commit(changes: readonly { readonly expect: Expectation; readonly write: Write }[]): Promise<void> {
    if (changes.length === 0) return
    const { store, documents, onRewritten } = this.#options
    const { cache } = documents.written
    try {
      const transaction = { expect: changes.map(({ expect }) => expect), writes: changes.map(({ write }) => write) }
      await cache.waitFor((await store.transaction(transaction)).revision)
      onRewritten?.()
    } catch (error) {
      // Somebody has just written one of them, and so in the way of now: the others come with the next look at all.
      if (!(error instanceof StoreConflictError)) throw error
      if (error.actual !== 'absent') await cache.waitFor(error.actual)
    }
  }
}

interface Place {
  readonly collection: Collection<object>
  readonly id: string
}

/** Nothing where it has gone, or was written meanwhile. */
function rewriting({ collection, id }: Place) {
  const found = collection.isWrittenOtherwise(id) ? collection.find(id) : undefined
  if (found === undefined) return []
  return [{ expect: collection.expectRevision(id, found.revision), write: collection.write(id, found.value) }]
}
