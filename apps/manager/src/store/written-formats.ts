import { isReadable } from '@viv/common'
import type { Collection } from './collection.ts'
import { DOCUMENT_KINDS, type Documents, WRITTEN_ID, type WrittenDoc } from './documents.ts'
import type { Store, Transaction } from './store.ts'

/** One kind of documents: how it is written, and the newest way that this program knows. */
export interface KindFormat {
  readonly kind: string
  readonly written: number
  readonly newest: number
}

export const collectionsOf = (documents: Documents): Collection<object>[] => Object.values(documents)

/** The kinds that this program would write in a newer way, if the upgrade to it were finished. */
export const unfinished = (documents: Documents): KindFormat[] =>
  collectionsOf(documents)
    .map(({ kind, version, format: { newest } }) => ({ kind, written: version, newest }))
    .filter(({ written, newest }) => written < newest)

/** How many documents still lie there in another way than they would be written in. */
export const leftToRewrite = (documents: Documents): number =>
  collectionsOf(documents).reduce((sum, collection) => sum + [...collection.otherwiseWritten()].length, 0)

/** From then on everything is written in the newest way, and no older version of the product starts on this store. */
export function finishing(documents: Documents, by: string, at: string): Transaction {
  const { written } = documents
  const before = written.find(WRITTEN_ID)
  const versions = Object.fromEntries(collectionsOf(documents).map(({ kind, format }) => [kind, format.newest]))
  return {
    expect: [
      before === undefined ? written.expectAbsent(WRITTEN_ID) : written.expectRevision(WRITTEN_ID, before.revision),
    ],
    writes: [written.write(WRITTEN_ID, { versions, by, at })],
  }
}

/** A store that this version of the product cannot go on with, and which one can. */
class StoreFormatError extends Error {
  override readonly name = 'StoreFormatError'
}

/**
 * Before anything of the store is used. A store with nothing in it is written in the newest way from the start; any other in
 * the way in which it is written, until somebody finishes the upgrade.
 */
export async function openFormats(store: Store, documents: Documents, by: string): Promise<void> {
  const { written } = documents
  const { cache } = written
  const isEmpty = DOCUMENT_KINDS.every((kind) => cache.values(kind)[Symbol.iterator]().next().done === true)
  if (isEmpty && unfinished(documents).length > 0) {
    const { revision } = await store.transaction(finishing(documents, by, new Date().toISOString()))
    await cache.waitFor(revision)
  }
  refuseStrange(documents, by)
}

function refuseStrange(documents: Documents, by: string): void {
  const finished = documents.written.find(WRITTEN_ID)?.value
  const known = new Map(collectionsOf(documents).map((collection) => [collection.kind, collection]))
  const newer = Object.entries(finished?.versions ?? {}).filter(
    ([kind, version]) => version > (known.get(kind)?.format.newest ?? 0),
  )
  if (finished !== undefined && newer.length > 0) throw new StoreFormatError(tooNew(finished, newer, by))
  const older = [...known.values()].filter(({ format, version }) => !isReadable(format, version))
  if (older.length > 0) throw new StoreFormatError(tooOld(older, by))
}

const tooNew = ({ by: finisher, at }: WrittenDoc, newer: readonly (readonly [string, number])[], by: string): string =>
  `the upgrade of this installation to version ${finisher} was finished on ${at}, and version ${by} cannot read what is stored since ` +
  `(${newer.map(([kind, version]) => `${kind}: format ${version}`).join(', ')}). Nothing was changed. Start version ${finisher} or a newer one again; ` +
  'to go back further, put back a copy of the data folder from before the upgrade was finished'

const tooOld = (older: readonly Collection<object>[], by: string): string =>
  `this installation is of a version too long before ${by} ` +
  `(${older.map(({ kind, version, format }) => `${kind}: format ${version}, and ${format.newest - 1} is the oldest that is read`).join(', ')}). ` +
  'Nothing was changed. Start the versions between first, one after the other, and finish the upgrade to each: viv upgrade finish'
