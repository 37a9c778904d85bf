import { randomBytes } from 'node:crypto'
import { chmodSync, closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { StoreFullError } from '../store.ts'
import { StoreBusyError, StoreFileError, StoreVersionError } from './errors.ts'

const SCHEMA_VERSION = 1
/** "vivs" in SQLite's header, so that a database of something else is never taken for ours. */
const APPLICATION_ID = 0x76697673
/** Documents are read from the manager's memory; here the inner pages of two indexes are enough. */
const PAGE_CACHE_KIB = 4096
/** After a burst the write-ahead log is cut back to this. */
const WAL_KEPT_BYTES = 8 * 1024 * 1024

const SQLITE_BUSY = 5
const SQLITE_CORRUPT = 11
const SQLITE_FULL = 13
const SQLITE_NOTADB = 26

/**
 * One row of `log` is one transaction with all of its changes as JSON, just as watchers get it.
 * `compacted_revision` is the newest revision that is no longer in the log.
 */
const SCHEMA = `
  CREATE TABLE meta (
    epoch TEXT NOT NULL,
    compacted_revision INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE document (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (kind, id)
  ) STRICT;
  CREATE TABLE log (
    revision INTEGER PRIMARY KEY,
    written_at_ms INTEGER NOT NULL,
    changes TEXT NOT NULL
  ) STRICT;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`

/** Opens the database for this process alone, makes it where there is none, and refuses one that is not ours whole. */
export function openDatabase(path: string): DatabaseSync {
  makeFile(path)
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    // Exclusive before the first access: the kernel frees the lock when the process dies, and the index of the
    // write-ahead log lives in our memory instead of a shared file.
    database.exec('PRAGMA locking_mode = EXCLUSIVE')
    const isNew = checkOwnership(database, path)
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA cache_size = -${PAGE_CACHE_KIB};
      PRAGMA journal_size_limit = ${WAL_KEPT_BYTES};
      BEGIN IMMEDIATE;
    `)
    if (isNew) create(database)
    database.exec('COMMIT')
    return database
  } catch (error) {
    database.close()
    throw openFailure(error, path)
  }
}

export function isDiskFull(error: unknown): boolean {
  return primaryCode(error) === SQLITE_FULL
}

/**
 * SQLite gives its other files the mode of this one. A file that exists must not be opened here: closing it again
 * would drop the lock of a store that this same process holds on it (POSIX locks belong to the process).
 */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    chmodSync(path, 0o600)
  }
}

/** True where the file is still empty. */
function checkOwnership(database: DatabaseSync, path: string): boolean {
  const version = pragma(database, 'user_version')
  const applicationId = pragma(database, 'application_id')
  if (applicationId === 0 && version === 0 && pragma(database, 'schema_version') === 0) return true
  if (applicationId !== APPLICATION_ID) throw new StoreFileError(`${path} is a database of another program`)
  if (version > SCHEMA_VERSION) {
    throw new StoreVersionError(
      `${path} has schema version ${version} and this program knows ${SCHEMA_VERSION}: use a newer program`,
    )
  }
  return false
}

function create(database: DatabaseSync): void {
  database.exec(SCHEMA)
  database
    .prepare('INSERT INTO meta (epoch, compacted_revision) VALUES (?, 0)')
    .run(randomBytes(12).toString('base64url'))
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name])
}

function openFailure(error: unknown, path: string): unknown {
  const code = primaryCode(error)
  if (code === SQLITE_BUSY) {
    return new StoreBusyError(`${path} is in use by another process: is a manager already running on this folder?`)
  }
  if (code === SQLITE_FULL) return new StoreFullError(`there is no room on the disk of ${path}`)
  if (code === SQLITE_NOTADB || code === SQLITE_CORRUPT) {
    return new StoreFileError(`${path} is not a database or is damaged`, { cause: error })
  }
  return error
}

/** SQLite puts details above the lowest byte. */
function primaryCode(error: unknown): number | undefined {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined
  return typeof code === 'number' ? code & 0xff : undefined
}
