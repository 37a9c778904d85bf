import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import type { HistoryDoc } from '../../domain/history.ts'
import type { ArchivedChange, HistoryQuery } from '../archive.ts'

/** "viva" in SQLite's header, so that a database of something else is never taken for ours. */
const APPLICATION_ID = 0x76697661
const SCHEMA_VERSION = 1

const SCHEMA = `
  CREATE TABLE history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    object_id TEXT NOT NULL,
    name TEXT NOT NULL,
    action TEXT NOT NULL,
    by TEXT NOT NULL,
    why TEXT,
    doc TEXT NOT NULL
  ) STRICT;
  CREATE INDEX history_object ON history (kind, object_id, id);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`

/** The change of the same object before this one: what it is compared with. */
const BEFORE = `(
  SELECT earlier.doc FROM history AS earlier
  WHERE earlier.kind = history.kind AND earlier.object_id = history.object_id AND earlier.id < history.id
  ORDER BY earlier.id DESC LIMIT 1
)`

interface Row {
  readonly id: number
  readonly doc: string
  readonly before: string | null
}

/** The archive's one table; everything here may wait for the disk. */
export class HistoryTable {
  readonly #database: DatabaseSync

  constructor(path: string) {
    this.#database = new DatabaseSync(path, { timeout: 5_000 })
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -1024;')
    const version = Number(this.#database.prepare('PRAGMA user_version').get()?.['user_version'])
    if (version > SCHEMA_VERSION) throw new Error(`${path} was written by a newer version of this program`)
    if (version === 0) this.#database.exec(`BEGIN; ${SCHEMA} COMMIT`)
  }

  append(changes: readonly { readonly key: string; readonly doc: HistoryDoc }[]): void {
    const insert = this.#database.prepare(
      `INSERT INTO history (key, kind, object_id, name, action, by, why, doc) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (key) DO NOTHING`,
    )
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      for (const { key, doc } of changes) {
        const { kind, objectId, name, action, by, why } = doc
        insert.run(key, kind, objectId, name, action, by, why ?? null, JSON.stringify(doc))
      }
      this.#database.exec('COMMIT')
    } catch (error) {
      this.#database.exec('ROLLBACK')
      throw error
    }
  }

  list(query: HistoryQuery): { changes: ArchivedChange[]; total?: number; next?: string } {
    const { limit, isNewestFirst, after } = query
    const { where, values } = conditionsOf(query)
    const place = after === undefined ? '' : ` AND id ${isNewestFirst ? '<' : '>'} ?`
    const rows = this.#database
      .prepare(
        `SELECT id, doc, ${BEFORE} AS before FROM history WHERE ${where}${place}
         ORDER BY id ${isNewestFirst ? 'DESC' : 'ASC'} LIMIT ?`,
      )
      .all(...values, ...(after === undefined ? [] : [after]), limit + 1) as unknown as Row[]
    const changes = rows.slice(0, limit).map(changeOf)
    const last = changes.at(-1)
    return {
      changes,
      ...(after === undefined ? { total: this.#count(where, values) } : {}),
      ...(rows.length > limit && last !== undefined ? { next: String(last.id) } : {}),
    }
  }

  get(id: number): ArchivedChange | undefined {
    const row = this.#database.prepare(`SELECT id, doc, ${BEFORE} AS before FROM history WHERE id = ?`).get(id)
    return row === undefined ? undefined : changeOf(row as unknown as Row)
  }

  close(): void {
    this.#database.close()
  }

  #count(where: string, values: readonly SQLInputValue[]): number {
    return Number(this.#database.prepare(`SELECT count(*) AS n FROM history WHERE ${where}`).get(...values)?.['n'])
  }
}

function conditionsOf({ search, kind, objectId, by, action }: HistoryQuery): { where: string; values: string[] } {
  const conditions = ['1']
  const values: string[] = []
  for (const [column, wanted] of Object.entries({ kind, object_id: objectId, by, action })) {
    if (wanted === undefined) continue
    conditions.push(`${column} IN (${wanted.map(() => '?').join(', ')})`)
    values.push(...wanted)
  }
  if (search !== undefined) {
    // instr, not LIKE: what people search for has no wildcards.
    conditions.push(
      "(instr(lower(name), ?1) OR instr(lower(coalesce(why, '')), ?1) OR instr(object_id, ?1))".replaceAll('?1', '?'),
    )
    const text = search.toLowerCase()
    values.push(text, text, text)
  }
  return { where: conditions.join(' AND '), values }
}

function changeOf({ id, doc, before }: Row): ArchivedChange {
  return {
    id,
    doc: JSON.parse(doc) as HistoryDoc,
    before: before === null ? undefined : (JSON.parse(before) as HistoryDoc).document,
  }
}
