import type { Upgrade } from '@viv/api'
import { effect } from '@viv/common'
import { isBehind } from '../domain/host.ts'
import type { Documents } from '../store/documents.ts'
import type { WrittenFormats } from '../store/written-formats.ts'
import type { Planned } from './planned.ts'

/** The end of an upgrade: until then the version before can be started again. */
export class UpgradeService {
  readonly #documents: Documents
  readonly #formats: WrittenFormats

  constructor(documents: Documents, formats: WrittenFormats) {
    this.#documents = documents
    this.#formats = formats
  }

  get(): Upgrade {
    const { version, unfinished, left, last, onHosts } = this.#formats
    const hosts = this.#documents.hosts.list().filter(({ value }) => isBehind(value, onHosts))
    return {
      version,
      state: unfinished.length > 0 ? 'unfinished' : left > 0 ? 'finishing' : 'finished',
      formats: unfinished,
      left,
      hosts: hosts.map(({ value }) => value.name),
      ...(last === undefined ? {} : { lastFinished: { version: last.by, at: last.at } }),
    }
  }

  /** What is there is rewritten in the background, here and on the hosts; what is left of that the answer says. */
  finish(): Planned<Upgrade> {
    const { version, unfinished } = this.#formats
    const kinds = unfinished.map(({ kind }) => kind).join(', ')
    return {
      effects:
        kinds === ''
          ? [effect('upgrade_nothing_left', { version })]
          : [effect('upgrade_finished', { version, kinds }), effect('not_taken_back', {})],
      warnings: [],
      blockers: [],
      apply: async () => {
        if (kinds !== '') await this.#formats.finish()
        return this.get()
      },
    }
  }
}
