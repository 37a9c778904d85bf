import type { Upgrade } from '@viv/api'
import { effect } from '@viv/common'
import { WRITTEN_ID } from '../store/documents.ts'
import { finishing, leftToRewrite, unfinished } from '../store/written-formats.ts'
import type { Planned } from './planned.ts'
import type { ServiceParts } from './parts.ts'

/** The end of an upgrade: until then the version before can be started again. */
export class UpgradeService {
  readonly #parts: Pick<ServiceParts, 'store' | 'documents'>
  readonly #version: string

  constructor(parts: Pick<ServiceParts, 'store' | 'documents'>, version: string) {
    this.#parts = parts
    this.#version = version
  }

  get(): Upgrade {
    const { documents } = this.#parts
    const formats = unfinished(documents)
    const left = leftToRewrite(documents)
    const last = documents.written.find(WRITTEN_ID)?.value
    return {
      version: this.#version,
      state: formats.length > 0 ? 'unfinished' : left > 0 ? 'finishing' : 'finished',
      formats,
      left,
      ...(last === undefined ? {} : { lastFinished: { version: last.by, at: last.at } }),
    }
  }

  /** The documents are rewritten in the background; which of them still are to be, the answer says. */
  finish(): Planned<Upgrade> {
    const { store, documents } = this.#parts
    const kinds = unfinished(documents).map(({ kind }) => kind)
    const version = this.#version
    const isNothing = kinds.length === 0
    return {
      effects: isNothing
        ? [effect('upgrade_nothing_left', { version })]
        : [effect('upgrade_finished', { version, kinds: kinds.join(', ') }), effect('not_taken_back', {})],
      warnings: [],
      blockers: [],
      apply: async () => {
        if (isNothing) return this.get()
        const { revision } = await store.transaction(finishing(documents, version, new Date().toISOString()))
        await documents.written.cache.waitFor(revision)
        return this.get()
      },
    }
  }
}
