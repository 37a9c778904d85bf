import { AppError, causeChain, refusal } from '@viv/common'
import type { OpInput, OpKind, OpOutputs, OpPut, OpRecord, OpUndo } from '../domain/contract.ts'
import { opErrorOf } from '../domain/op-error.ts'
import type { JournalEntry, OpJournal } from '../store/op-journal.ts'

export interface OpContext {
  readonly opId: string
  readonly signal: AbortSignal
  progress(fraction: number, note: string): void
}

/** How one kind of operation is done and taken back. Both must do no harm when repeated. */
export interface OpHandler<K extends OpKind> {
  run(input: OpInput<K>, context: OpContext): Promise<OpOutputs[K]>
  /** Also where `run` never came, or is half done: nothing of it may be left. */
  undo?(input: OpInput<K>, context: Omit<OpContext, 'progress'>): Promise<void>
}
export type OpHandlers = { readonly [K in OpKind]: OpHandler<K> }

export interface OpListener {
  /** Says the record to all readers and answers its place in the stream. */
  publish(record: OpRecord): number
  progress(opId: string, progress: number, note: string): void
  log(message: string, facts: object): void
}

interface Live {
  record: OpRecord
  readonly abort: AbortController
  readonly settled: Promise<void>
}

/**
 * Every changing call, by id.
 *
 *   (unknown) ──put──▶ running ──▶ succeeded | failed ──put, same attempt──▶ the same answer again
 *       │                 │ agent restarted ▶ interrupted ──put, higher attempt──▶ running
 *       └──undo──▶ undoing ──▶ undone: whatever arrives later under this id is refused
 *
 * `running` and `undoing` are on disk before anything is done.
 */
export class OpRegistry {
  readonly #journal: Pick<OpJournal, 'append'>
  readonly #handlers: OpHandlers
  readonly #listener: OpListener
  readonly #records = new Map<string, OpRecord>()
  readonly #live = new Map<string, Live>()
  /** Taken back for ever, also where the undo failed and is to be tried again. */
  readonly #takenBack = new Set<string>()
  #isClosed = false

  constructor(
    journal: Pick<OpJournal, 'append'>,
    entries: readonly JournalEntry[],
    handlers: OpHandlers,
    listener: OpListener,
  ) {
    this.#journal = journal
    this.#handlers = handlers
    this.#listener = listener
    for (const { at: _at, ...entry } of entries) {
      const state = entry.state === 'running' ? 'interrupted' : entry.state
      if (entry.state === 'undoing' || entry.state === 'undone') this.#takenBack.add(entry.id)
      this.#records.set(entry.id, { ...entry, state, seq: 0 } as OpRecord)
    }
  }

  get(opId: string): OpRecord | undefined {
    return this.#records.get(opId)
  }

  /** What is under way now. */
  active(): OpRecord[] {
    return [...this.#live.values()].map(({ record }) => record)
  }

  async put(opId: string, { kind, attempt, input }: OpPut): Promise<OpRecord> {
    if (this.#takenBack.has(opId)) throw refused(opId, 'it was taken back')
    const known = this.#records.get(opId)
    if (known !== undefined) {
      if (known.kind !== kind) throw refused(opId, `it is a ${known.kind}, not a ${kind}`)
      if (attempt < known.attempt) throw refused(opId, `attempt ${attempt} comes after attempt ${known.attempt}`)
      if (attempt === known.attempt || known.state === 'running') return known
    }
    return this.#begin(opId, { kind, attempt, state: 'running' }, (context) => this.#run(kind, input, context))
  }

  async undo(opId: string, { kind, input }: OpUndo): Promise<OpRecord> {
    const known = this.#records.get(opId)
    if (known?.state === 'undone') return known
    const live = this.#live.get(opId)
    if (known?.state === 'undoing' && live !== undefined) return known
    this.#takenBack.add(opId)
    live?.abort.abort(new AppError([refusal('task_cancelled', {})]))
    const attempt = known?.attempt ?? 0
    return this.#begin(opId, { kind, attempt, state: 'undoing' }, async ({ signal }) => {
      await live?.settled
      await this.#undo(kind, input, { opId, signal })
      return { state: 'undone' }
    })
  }

  /** Ends everything that runs; what it was is told as interrupted at the next start. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const { abort } of this.#live.values()) abort.abort(new Error('the agent stops'))
    await Promise.all([...this.#live.values()].map(({ settled }) => settled))
  }

  async #begin(
    opId: string,
    head: Pick<OpRecord, 'kind' | 'attempt' | 'state'>,
    work: (context: OpContext) => Promise<Partial<OpRecord>>,
  ): Promise<OpRecord> {
    const abort = new AbortController()
    const { promise: settled, resolve } = Promise.withResolvers<void>()
    // Known before the disk has it: a second PUT meanwhile must join, not begin.
    const record = this.#change({ id: opId, ...head, seq: 0 })
    const live: Live = { record, abort, settled }
    this.#live.set(opId, live)
    const progress = (fraction: number, note: string) => this.#listener.progress(opId, fraction, note)
    const finish = async () => {
      try {
        await this.#journal.append(entryOf(record), true)
        const end = await work({ opId, signal: abort.signal, progress })
        await this.#end(opId, live, end)
      } catch (error) {
        // An undo failed, or the journal cannot be written: who asked hears of an interruption, and asks again.
        this.#listener.log('an operation was interrupted', { opId, error: causeChain(error) })
        this.#change({ ...record, state: 'interrupted' })
      } finally {
        if (this.#live.get(opId) === live) this.#live.delete(opId)
        resolve()
      }
    }
    void finish()
    return record
  }

  async #run<K extends OpKind>(kind: K, input: OpInput<K>, context: OpContext): Promise<Partial<OpRecord>> {
    try {
      const handler: OpHandler<K> = this.#handlers[kind]
      return { state: 'succeeded', output: await handler.run(input, context) }
    } catch (error) {
      this.#listener.log('an operation failed', { opId: context.opId, kind, error: causeChain(error) })
      return { state: 'failed', error: opErrorOf(error) }
    }
  }

  async #undo<K extends OpKind>(kind: K, input: OpInput<K>, context: Omit<OpContext, 'progress'>): Promise<void> {
    const handler: OpHandler<K> = this.#handlers[kind]
    await handler.undo?.(input, context)
  }

  async #end(opId: string, live: Live, end: Partial<OpRecord>): Promise<void> {
    // An undo that came meanwhile has the last word; and what ends because we stop has not failed.
    if (this.#live.get(opId) !== live || this.#isClosed) return
    const record = { ...live.record, ...end } as OpRecord
    // A tombstone's end must last; a lost success is only an interruption.
    await this.#journal.append(entryOf(record), record.state === 'undone')
    if (this.#live.get(opId) === live) this.#change(record)
  }

  #change(record: OpRecord): OpRecord {
    const placed = { ...record, seq: this.#listener.publish(record) }
    this.#records.set(record.id, placed)
    return placed
  }
}

function entryOf({ seq: _seq, progress: _progress, note: _note, ...record }: OpRecord): JournalEntry {
  return { ...record, at: new Date().toISOString() }
}

function refused(opId: string, problem: string): AppError {
  return new AppError([refusal('agent_refused', { step: opId, problem })])
}
