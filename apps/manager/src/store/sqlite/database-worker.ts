import { Worker } from 'node:worker_threads'
import { StoreClosedError, StoreConflictError, StoreFullError } from '../store.ts'
import type { LoggedTransaction } from './change-log.ts'
import type { DocumentRow } from './engine.ts'
import { StoreBusyError, StoreFileError, StoreVersionError } from './errors.ts'
import type { Answer, Failure, Request, Results, WorkerMessage, WorkerSettings } from './protocol.ts'

/**
 * Limits, not reservations: a group of calls and its answers fit many times over, and a small young generation is
 * collected early instead of growing the manager.
 */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 4 }

/** What opening is refused with; their classes do not survive the way between threads. */
const OPEN_ERRORS: Readonly<Record<string, new (message: string) => Error>> = {
  StoreBusyError,
  StoreFileError,
  StoreFullError,
  StoreVersionError,
}

interface Pending {
  settle(answer: Answer): void
  fail(error: Error): void
  onRows(rows: readonly DocumentRow[]): void
}

export interface WorkerListener {
  onCommitted(transaction: LoggedTransaction): void
  /** Once, whether it was closed or died. */
  onClosed(): void
}

type Opened = Pick<Extract<WorkerMessage, { type: 'opened' }>, 'epoch' | 'revision'>

/**
 * The main thread's end of the worker: numbers the calls, and fails them all when the worker is gone. It listens from
 * the first moment: a worker that ends at once hands over its last message and its end in one turn.
 */
export class DatabaseWorker {
  readonly #worker: Worker
  readonly #opened = Promise.withResolvers<Opened>()
  /** Only then the lock is free. */
  readonly #exited = Promise.withResolvers<void>()
  readonly #pending = new Map<number, Pending>()
  #listener: WorkerListener | undefined
  #lastCall = 0
  #refusal: Error | undefined
  #closed: Error | undefined
  #closing: Promise<void> | undefined

  static async start(settings: WorkerSettings): Promise<Opened & { readonly worker: DatabaseWorker }> {
    const worker = new DatabaseWorker(settings)
    return { worker, ...(await worker.#opened.promise) }
  }

  private constructor(settings: WorkerSettings) {
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: settings,
      resourceLimits: RESOURCE_LIMITS,
      name: 'store',
    })
    this.#worker.on('message', (message: WorkerMessage) => this.#receive(message))
    this.#worker.on('error', (error) => this.#fail(new StoreClosedError('the store has failed', { cause: error })))
    this.#worker.on('exit', () => {
      this.#fail(this.#refusal ?? new StoreClosedError('the store is closed'))
      this.#exited.resolve()
    })
  }

  listen(listener: WorkerListener): void {
    this.#listener = listener
  }

  failIfClosed(): void {
    if (this.#closed !== undefined) throw this.#closed
    if (this.#closing !== undefined) throw new StoreClosedError('the store is closed')
  }

  async call<R extends Request>(
    request: R,
    onRows: (rows: readonly DocumentRow[]) => void = () => {},
  ): Promise<Results[R['type']]> {
    this.failIfClosed()
    return this.#send(request, onRows)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    if (this.#closed === undefined) await this.#send({ type: 'close' }, () => {})
    await this.#exited.promise
  }

  #send<R extends Request>(request: R, onRows: Pending['onRows']): Promise<Results[R['type']]> {
    const { promise, resolve, reject } = Promise.withResolvers<Results[R['type']]>()
    this.#lastCall += 1
    this.#pending.set(this.#lastCall, {
      settle: (answer) => {
        if ('failure' in answer) reject(failureError(answer.failure))
        else resolve(answer.result as Results[R['type']])
      },
      fail: reject,
      onRows,
    })
    this.#worker.postMessage({ ...request, call: this.#lastCall })
    return promise
  }

  #receive(message: WorkerMessage): void {
    switch (message.type) {
      case 'part':
        this.#pending.get(message.call)?.onRows(message.rows)
        break
      case 'settled':
        for (const transaction of message.committed) this.#listener?.onCommitted(transaction)
        for (const answer of message.answers) this.#take(answer.call)?.settle(answer)
        break
      case 'opened':
        this.#opened.resolve({ epoch: message.epoch, revision: message.revision })
        break
      case 'refused':
        this.#refusal = new (OPEN_ERRORS[message.name] ?? Error)(message.message)
    }
  }

  #take(call: number): Pending | undefined {
    const pending = this.#pending.get(call)
    this.#pending.delete(call)
    return pending
  }

  #fail(error: Error): void {
    if (this.#closed !== undefined) return
    this.#closed = error
    this.#opened.reject(error)
    for (const pending of this.#pending.values()) pending.fail(error)
    this.#pending.clear()
    this.#listener?.onClosed()
  }
}

function failureError(failure: Failure): Error {
  switch (failure.type) {
    case 'conflict':
      return new StoreConflictError(failure.conflict)
    case 'full':
      return new StoreFullError('there is no room on the disk of the store; nothing was written')
  }
}
