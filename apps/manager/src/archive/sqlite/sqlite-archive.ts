import { Worker } from 'node:worker_threads'
import type { HistoryDoc } from '../../domain/history.ts'
import type { Archive, ArchivedChange, HistoryQuery } from '../archive.ts'

type Append = {
  readonly type: 'append'
  readonly changes: readonly { readonly key: string; readonly doc: HistoryDoc }[]
}
type List = { readonly type: 'list'; readonly query: HistoryQuery }
type Get = { readonly type: 'get'; readonly id: number }
type Request = Append | List | Get | { readonly type: 'close' }
export type ArchiveCall = Request & { readonly call: number }
export type ArchiveAnswer = { readonly call: number; readonly result?: unknown; readonly error?: string }

class ArchiveError extends Error {
  override readonly name = 'ArchiveError'
}

interface Waiting {
  resolve(result: unknown): void
  reject(error: Error): void
}

/**
 * The archive of one manager: a SQLite file that one worker thread owns. The thread is started with the first call:
 * an idle manager does not have it, and not its memory either.
 */
export class SqliteArchive implements Archive {
  readonly #path: string
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #calls = 0
  #isClosed = false

  constructor(path: string) {
    this.#path = path
  }

  async append(changes: Append['changes']): Promise<void> {
    await this.#call({ type: 'append', changes })
  }

  list(query: HistoryQuery): ReturnType<Archive['list']> {
    return this.#call({ type: 'list', query }) as ReturnType<Archive['list']>
  }

  get(id: number): Promise<ArchivedChange | undefined> {
    return this.#call({ type: 'get', id }) as Promise<ArchivedChange | undefined>
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    const worker = this.#worker
    if (worker !== undefined) await this.#call({ type: 'close' }).catch(() => undefined)
    this.#isClosed = true
    await worker?.terminate()
  }

  #call(request: Request): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(new ArchiveError('the archive is closed'))
    const worker = (this.#worker ??= this.#start())
    const call = ++this.#calls
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#waiting.set(call, { resolve, reject })
    worker.postMessage({ ...request, call } satisfies ArchiveCall)
    return promise
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: this.#path })
    worker.on('message', ({ call, result, error }: ArchiveAnswer) => {
      const waiting = this.#waiting.get(call)
      this.#waiting.delete(call)
      if (error === undefined) waiting?.resolve(result)
      else waiting?.reject(new ArchiveError(error))
    })
    worker.on('error', (error) => this.#fail(worker, error))
    worker.on('exit', () => this.#fail(worker, undefined))
    return worker
  }

  /** Whoever waits is told; the next call starts another thread. */
  #fail(worker: Worker, cause: unknown): void {
    if (this.#worker === worker) this.#worker = undefined
    for (const { reject } of this.#waiting.values()) reject(new ArchiveError('the archive failed', { cause }))
    this.#waiting.clear()
  }
}
