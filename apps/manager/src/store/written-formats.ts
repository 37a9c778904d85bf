import { FIRST_FORMAT, isReadable, type KindFormat, type Versions } from '@viv/common'
import type { Collection } from './collection.ts'
import { DOCUMENT_KINDS, type Documents, WRITTEN_ID, type WrittenDoc } from './documents.ts'
import type { Store } from './store.ts'

/** A store that this version of the product cannot go on with, and which one can. */
class StoreFormatError extends Error {
  override readonly name = 'StoreFormatError'
}

export const collectionsOf = (documents: Documents): Collection<object>[] => Object.values(documents)

interface WrittenFormatsOptions {
  readonly store: Store
  readonly documents: Documents
  /** The newest ways in which hosts of this version write what is their own. */
  readonly hostFormats: Versions
  /** Of the product. */
  readonly version: string
}

/** How everything is written, here and on the hosts: as the version before can read it until somebody finishes the upgrade. */
export class WrittenFormats {
  readonly version: string
  readonly #store: Store
  readonly #documents: Documents
  readonly #hostFormats: Versions

  constructor({ store, documents, hostFormats, version }: WrittenFormatsOptions) {
    this.version = version
    this.#store = store
    this.#documents = documents
    this.#hostFormats = hostFormats
  }

  /**
   * Before anything of the store is used. A store with nothing in it is written in the newest way from the start; any other in
   * the way in which it is written, until somebody finishes the upgrade.
   */
  async open(): Promise<void> {
    const { cache } = this.#documents.written
    const isEmpty = DOCUMENT_KINDS.every((kind) => cache.values(kind)[Symbol.iterator]().next().done === true)
    if (isEmpty) await this.finish()
    this.#refuseStrange()
  }

  /** The upgrade that was finished last; of an installation that never had one its beginning. */
  get last(): WrittenDoc | undefined {
    return this.#documents.written.find(WRITTEN_ID)?.value
  }

  /** The ways in which hosts are to write. */
  get onHosts(): Versions {
    return Object.fromEntries(Object.keys(this.#hostFormats).map((kind) => [kind, this.#onHosts(kind)]))
  }

  /** What this version would write in a newer way, if the upgrade to it were finished. */
  get unfinished(): KindFormat[] {
    const documents = collectionsOf(this.#documents).map((collection) => formatOf(collection))
    const hosts = Object.entries(this.#hostFormats).map(([kind, newest]) => ({
      kind,
      written: this.#onHosts(kind),
      newest,
    }))
    return [...documents, ...hosts].filter(({ written, newest }) => written < newest)
  }

  /** How many documents still lie there in another way than they would be written in. */
  get left(): number {
    return collectionsOf(this.#documents).reduce(
      (sum, collection) => sum + [...collection.otherwiseWritten()].length,
      0,
    )
  }

  /** From then on everything is written in the newest way, and no older version of the product starts on this store. */
  async finish(): Promise<void> {
    const { written } = this.#documents
    const before = written.find(WRITTEN_ID)
    const newest = collectionsOf(this.#documents).map(({ kind, format }) => [kind, format.newest] as const)
    const versions = { ...Object.fromEntries(newest), ...this.#hostFormats }
    const expected =
      before === undefined ? written.expectAbsent(WRITTEN_ID) : written.expectRevision(WRITTEN_ID, before.revision)
    const { revision } = await this.#store.transaction({
      expect: [expected],
      writes: [written.write(WRITTEN_ID, { versions, by: this.version, at: new Date().toISOString() })],
    })
    await written.cache.waitFor(revision)
  }

  #onHosts(kind: string): number {
    return this.last?.versions[kind] ?? FIRST_FORMAT.newest
  }

  #refuseStrange(): void {
    const { last, version } = this
    const collections = new Map(collectionsOf(this.#documents).map((collection) => [collection.kind, collection]))
    const newestOf = (kind: string): number => collections.get(kind)?.format.newest ?? this.#hostFormats[kind] ?? 0
    const newer = Object.entries(last?.versions ?? {}).filter(([kind, written]) => written > newestOf(kind))
    if (last !== undefined && newer.length > 0) throw new StoreFormatError(tooNew(last, newer, version))
    const older = [...collections.values()].filter((collection) => !isReadable(collection.format, collection.version))
    if (older.length > 0) throw new StoreFormatError(tooOld(older.map(formatOf), version))
  }
}

const formatOf = ({ kind, version, format: { newest } }: Collection<object>): KindFormat => ({
  kind,
  written: version,
  newest,
})

const tooNew = ({ by: finisher, at }: WrittenDoc, newer: readonly (readonly [string, number])[], by: string): string =>
  `the upgrade of this installation to version ${finisher} was finished on ${at}, and version ${by} cannot read what is stored since ` +
  `(${newer.map(([kind, version]) => `${kind}: format ${version}`).join(', ')}). Nothing was changed. Start version ${finisher} or a newer one again; ` +
  'to go back further, put back a copy of the data folder from before the upgrade was finished'

const tooOld = (older: readonly KindFormat[], by: string): string =>
  `this installation is of a version too long before ${by} ` +
  `(${older.map(({ kind, written, newest }) => `${kind}: format ${written}, and ${newest - 1} is the oldest that is read`).join(', ')}). ` +
  'Nothing was changed. Start the versions between first, one after the other, and finish the upgrade to each: viv upgrade finish'
