import { type AnyListQuery, type HistoryEntry, type HistoryVersion, type Page, PAGE_LIMIT } from '@viv/api'
import { refuse } from '@viv/common'
import type { Archive, ArchivedChange, HistoryQuery } from '../archive/archive.ts'
import { type Caller, visible } from '../auth/caller.ts'
import { changesBetween, HISTORY_KINDS } from '../domain/history.ts'
import { withoutUndefined } from '../domain/vm.ts'
import { tokenEncode } from '../store/tokens.ts'
import type { ServiceParts } from './parts.ts'

/** The history of every object's configuration, deleted ones included, out of the archive. */
export class HistoryService {
  readonly #parts: ServiceParts
  readonly #archive: Archive
  /** Resolves when everything that is in the outbox now has been archived. */
  readonly #settled: () => Promise<void>

  constructor(parts: ServiceParts, archive: Archive, settled: () => Promise<void>) {
    this.#parts = parts
    this.#archive = archive
    this.#settled = settled
  }

  async list(caller: Caller, query: AnyListQuery): Promise<Page<HistoryEntry>> {
    const { store, documents } = this.#parts
    const asked = archiveQuery(query)
    const revision = tokenEncode(store.epoch, documents.vms.cache.revision)
    await this.#settled()
    const { changes, total, next } = await this.#archive.list(asked)
    return withoutUndefined({
      items: changes.filter(({ doc }) => visible(caller, { kind: doc.kind, id: doc.objectId })).map(entryOf),
      total,
      next,
      revision,
    })
  }

  async get(caller: Caller, entryId: string): Promise<HistoryVersion> {
    await this.#settled()
    const found = await this.#archive.get(Number(entryId))
    if (found === undefined || !visible(caller, { kind: found.doc.kind, id: found.doc.objectId })) {
      throw refuse('not_found', { kind: 'history', id: entryId })
    }
    return { entry: entryOf(found), document: { ...found.doc.document } }
  }
}

function entryOf({ id, doc, before }: ArchivedChange): HistoryEntry {
  const { document, ...rest } = doc
  const changes = doc.isDeleted ? changesBetween(document, undefined) : changesBetween(before, document)
  return { id: String(id), ...rest, changes }
}

function archiveQuery({ limit, cursor, sort = '-at', search, ...filters }: AnyListQuery): HistoryQuery {
  const values = Object.entries(filters as Record<string, string>).map(
    ([name, text]) => [name, text.split(',')] as const,
  )
  const { kind, objectId, by, action } = Object.fromEntries(values)
  for (const each of kind ?? []) refuseUnknownKind(each)
  return withoutUndefined({
    limit: Number(limit ?? PAGE_LIMIT.usual),
    isNewestFirst: sort === '-at',
    after: cursor === undefined ? undefined : placeOf(cursor),
    search,
    kind,
    objectId,
    by,
    action,
  })
}

function refuseUnknownKind(kind: string): void {
  const known: readonly string[] = HISTORY_KINDS
  if (known.includes(kind)) return
  const problem = `names "${kind}": can be ${known.join(', ')}`
  throw refuse('invalid_field', { where: 'Parameter', field: 'kind', problem })
}

function placeOf(cursor: string): number {
  if (/^[1-9][0-9]{0,15}$/.test(cursor)) return Number(cursor)
  throw refuse('invalid_field', { where: 'Parameter', field: 'cursor', problem: 'is no cursor of this list' })
}
