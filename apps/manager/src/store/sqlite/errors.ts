/** Another process holds the database. */
export class StoreBusyError extends Error {
  override readonly name = 'StoreBusyError'
}

/** The database was written by a newer program. */
export class StoreVersionError extends Error {
  override readonly name = 'StoreVersionError'
}

/** The file is no database, is damaged or belongs to another program. */
export class StoreFileError extends Error {
  override readonly name = 'StoreFileError'
}
