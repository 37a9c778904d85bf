import { type Expectation, LEASE_KIND, StoreLimitError, type Transaction, type Write } from './store.ts'

/** etcd allows 128 operations in a transaction by default; an expectation that fails is read again in the same one. */
export const MAX_TRANSACTION_KEYS = 100
/** etcd allows 1.5 MiB in a request by default; the rest is for the keys. */
export const MAX_TRANSACTION_BYTES = 1024 * 1024
export const MAX_KIND_LENGTH = 32
/** Long enough for a hash or a short name that went through encodeURIComponent. */
export const MAX_ID_LENGTH = 256
/** A renewal has to fit in with a slow sync or two. */
export const MIN_LEASE_TTL_MS = 100
/** A lease is for an owner that may die: longer than this nobody should wait for its key. */
export const MAX_LEASE_TTL_MS = 60 * 60 * 1000

/** No slash: it parts kind from id where keys are one string. */
const KIND = /^[a-z][a-z0-9-]*$/
const ID = /^[A-Za-z0-9._~:@%+=-]+$/

/** A write as it goes to an engine: `text` is the serialized value, null to delete. */
export interface SerializedWrite {
  readonly kind: string
  readonly id: string
  readonly text: string | null
}

export interface SerializedTransaction {
  readonly expect: readonly Expectation[]
  readonly writes: readonly SerializedWrite[]
}

export function checkKind(kind: string): void {
  if (kind.length > MAX_KIND_LENGTH || !KIND.test(kind)) {
    throw new StoreLimitError(`not a kind: ${JSON.stringify(kind.slice(0, MAX_KIND_LENGTH + 1))}`)
  }
}

export function checkId(id: string): void {
  if (id.length > MAX_ID_LENGTH || !ID.test(id)) {
    throw new StoreLimitError(`not an id: ${JSON.stringify(id.slice(0, MAX_ID_LENGTH + 1))}`)
  }
}

export function checkLease(key: string, ttlMs: number): void {
  checkId(key)
  if (!(ttlMs >= MIN_LEASE_TTL_MS && ttlMs <= MAX_LEASE_TTL_MS)) {
    throw new StoreLimitError(`a lease lives ${MIN_LEASE_TTL_MS} to ${MAX_LEASE_TTL_MS} ms, not ${ttlMs}`)
  }
}

/** Checks every limit before anything is sent, so that each engine refuses the same transactions. */
export function serializeTransaction({ expect = [], writes }: Transaction): SerializedTransaction {
  const written = new Set(writes.map(keyOf))
  if (written.size < writes.length) throw new StoreLimitError('a transaction writes a key more than once')
  const keys = new Set([...written, ...expect.map(keyOf)])
  if (keys.size > MAX_TRANSACTION_KEYS) {
    throw new StoreLimitError(`a transaction has ${keys.size} keys, ${MAX_TRANSACTION_KEYS} are allowed`)
  }
  const serialized = writes.map(serializeWrite)
  const sizeBytes = serialized.reduce((sum, { text }) => sum + (text === null ? 0 : Buffer.byteLength(text)), 0)
  if (sizeBytes > MAX_TRANSACTION_BYTES) {
    throw new StoreLimitError(`a transaction has ${sizeBytes} bytes of values, ${MAX_TRANSACTION_BYTES} are allowed`)
  }
  return { expect: expect.map(({ kind, id, revision }) => ({ kind, id, revision })), writes: serialized }
}

function keyOf({ kind, id }: Expectation | Write): string {
  checkKind(kind)
  checkId(id)
  return `${kind}/${id}`
}

function serializeWrite(write: Write): SerializedWrite {
  const { kind, id } = write
  if (kind === LEASE_KIND) throw new StoreLimitError(`only lease() writes documents of kind ${LEASE_KIND}`)
  return { kind, id, text: 'isDelete' in write ? null : JSON.stringify(write.value) }
}
