import { nearestName } from '@viv/common'
import { CliError, usageError } from '../output/errors.ts'

export interface Named {
  readonly id: string
  readonly name: string
}

/** The thing that a word names: by id, else by name, where upper and lower case are the same. */
export function find<T extends Named>(kind: string, word: string, items: readonly T[]): T {
  const byId = items.find(({ id }) => id === word)
  if (byId !== undefined) return byId
  const [only, ...others] = items.filter(({ name }) => name.toLowerCase() === word.toLowerCase())
  if (only === undefined) throw unknownName(kind, word, items)
  if (others.length === 0) return only
  const ids = [only, ...others].map(({ id }) => id)
  throw usageError(`Several ${kind}s are named "${word}". Say its id.`, ids)
}

function unknownName(kind: string, word: string, items: readonly Named[]): CliError {
  const nearest = nearestName(
    word,
    items.map(({ name }) => name),
  )
  const meant = nearest === undefined ? '' : ` Did you mean "${nearest}"?`
  const list = `viv ${kind.toLowerCase()} list`
  const tips = items.length === 0 ? [`There is no ${kind} yet.`] : [`All of them: ${list}`]
  return new CliError('not_found', `There is no ${kind} "${word}".${meant}`, tips)
}
