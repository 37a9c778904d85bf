import { once } from 'node:events'
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

type Opened = Extract<WorkerMessage, { type: 'opened' }>

/** The main thread's end of the worker: numbers the calls, and fails them all when the worker is gone. */
export class DatabaseWorker {
  readonly epoch: string
  /** When it was opened. */
  readonly revision: number
  readonly #worker: Worker
  /** Only then the lock is free. */
  readonly #exited: Promise<void>
  readonly #pending = new Map<number, Pending>()
  #listener: WorkerListener | undefined
  #lastCall = 0
  #closed: StoreClosedError | undefined
  #closing: Promise<void> | undefined

  static async start(settings: WorkerSettings): Promise<DatabaseWorker> {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: settings,
      resourceLimits: RESOURCE_LIMITS,
      name: 'store',
    })
    const [message] = (await once(worker, 'message')) as [WorkerMessage]
    if (message.type === 'opened') return new DatabaseWorker(worker, message)
    await once(worker, 'exit')
    throw openError(message)
  }

  private constructor(worker: Worker, { epoch, revision }: Opened) {
    this.epoch = epoch
    this.revision = revision
    this.#worker = worker
    worker.on('message', (message: WorkerMessage) => this.#receive(message))
    worker.on('error', (error) => this.#fail(new StoreClosedError('the store has failed', { cause: error })))
    this.#exited = new Promise((resolve) => {
      worker.on('exit', () => {
        this.#fail(new StoreClosedError('the store is closed'))
        resolve()
      })
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
    await this.#exited
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
      case 'refused':
        throw new Error(`the store's worker said ${message.type} when it was open`)
    }
  }

  #take(call: number): Pending | undefined {
    const pending = this.#pending.get(call)
    this.#pending.delete(call)
    return pending
  }

  #fail(error: StoreClosedError): void {
    if (this.#closed !== undefined) return
    this.#closed = error
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

function openError(message: WorkerMessage): Error {
  if (message.type !== 'refused') return new Error(`the store's worker began with ${message.type}`)
  const OpenError = OPEN_ERRORS[message.name] ?? Error
  return new OpenError(message.message)
}
