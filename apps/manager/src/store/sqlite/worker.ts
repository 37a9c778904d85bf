/**
 * The thread that owns the database: everything here may wait for the disk.
 *
 *   message ─► drain the port ─► settle all writes, one commit ─► answer ─► read ─► answer ─► wait for the next
 *
 * No timer holds writes back to make groups larger: what came in during one commit is the next group.
 */
import { isMainThread, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import type { DatabaseSync } from 'node:sqlite'
import { Engine } from './engine.ts'
import { settleWrites } from './group-commit.ts'
import { Leases } from './leases.ts'
import type { Answer, Call, ReadRequest, WorkerMessage, WorkerSettings, WriteRequest } from './protocol.ts'
import { openDatabase } from './schema.ts'

/** One group: bounds the memory of this thread and how long the first call of a group waits for the last. */
const GROUP_CALLS = 512
const GROUP_CHARS = 4 * 1024 * 1024
/** Rows of a list are sent in parts of this size, so that the receiver parses them in short turns. */
const PART_CHARS = 256 * 1024
/** After a full disk kept the end of a lease from being written. */
const EXPIRY_RETRY_MS = 1000

if (isMainThread || parentPort === null) throw new Error('worker.ts runs as a worker thread only')
const port = parentPort
const nowMs = (): number => performance.now()

const send = (message: WorkerMessage): void => port.postMessage(message)

class DatabaseThread {
  readonly #database: DatabaseSync
  readonly #engine: Engine
  readonly #leases: Leases
  #expiryTimer: NodeJS.Timeout | undefined

  constructor({ path, log }: WorkerSettings) {
    this.#database = openDatabase(path)
    this.#engine = new Engine(this.#database, log, Date.now)
    this.#leases = new Leases(this.#engine, nowMs)
    this.#engine.group(() => this.#leases.endAllOfEarlierOwners())
  }

  serve(): void {
    port.on('message', (first: Call) => this.#settle(drain(first)))
    send({ type: 'opened', epoch: this.#engine.epoch, revision: this.#engine.revision })
  }

  #settle(calls: readonly Call[]): void {
    const writes = calls.filter((call): call is Call<WriteRequest> => isWrite(call))
    if (writes.length > 0) this.#settleWrites(writes)
    for (const call of calls) {
      if (call.type === 'close') return this.#close(call.call)
      if (!isWrite(call)) send({ type: 'settled', committed: [], answers: [this.#read(call)] })
    }
  }

  #settleWrites(calls: readonly Call<WriteRequest>[]): void {
    send({ type: 'settled', ...settleWrites(this.#engine, this.#leases, calls) })
    this.#scheduleExpiry()
  }

  #scheduleExpiry(): void {
    clearTimeout(this.#expiryTimer)
    const next = this.#leases.nextExpiryMs
    if (next === undefined) return
    const waitMs = next - nowMs()
    this.#expiryTimer = setTimeout(() => this.#settleWrites([]), waitMs > 0 ? Math.ceil(waitMs) : EXPIRY_RETRY_MS)
  }

  #read(request: Call<ReadRequest>): Answer {
    const { call } = request
    switch (request.type) {
      case 'get':
        return { call, result: this.#engine.get(request.kind, request.id) }
      case 'list':
        this.#sendRows(call, request.kind)
        return { call, result: { revision: this.#engine.revision } }
      case 'changes':
        return { call, result: this.#engine.changesAfter(request.after) }
      case 'stats':
        return { call, result: this.#engine.stats }
    }
  }

  #sendRows(call: number, kind: string): void {
    let rows = []
    let chars = 0
    for (const row of this.#engine.list(kind)) {
      rows.push(row)
      chars += row.text.length
      if (chars < PART_CHARS) continue
      send({ type: 'part', call, rows })
      rows = []
      chars = 0
    }
    if (rows.length > 0) send({ type: 'part', call, rows })
  }

  #close(call: number): void {
    clearTimeout(this.#expiryTimer)
    this.#database.close()
    send({ type: 'settled', committed: [], answers: [{ call, result: undefined }] })
    port.close()
  }
}

function drain(first: Call): readonly Call[] {
  const calls = [first]
  let chars = sizeChars(first)
  while (calls.length < GROUP_CALLS && chars < GROUP_CHARS) {
    const next = receiveMessageOnPort(port) as { message: Call } | undefined
    if (next === undefined) break
    calls.push(next.message)
    chars += sizeChars(next.message)
  }
  return calls
}

function sizeChars(call: Call): number {
  if (call.type !== 'transaction') return 0
  return call.transaction.writes.reduce((sum, { text }) => sum + (text?.length ?? 0), 0)
}

function isWrite(call: Call): call is Call<WriteRequest> {
  switch (call.type) {
    case 'transaction':
    case 'lease':
    case 'renew':
    case 'release':
      return true
    case 'get':
    case 'list':
    case 'changes':
    case 'stats':
    case 'close':
      return false
  }
}

function start(settings: WorkerSettings): void {
  let thread: DatabaseThread
  try {
    thread = new DatabaseThread(settings)
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error))
    send({ type: 'refused', name, message })
    return port.close()
  }
  thread.serve()
}

start(workerData as WorkerSettings)
