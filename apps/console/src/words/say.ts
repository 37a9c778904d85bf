import { fillIn, type Facts, type FactsOfTemplate, type Language } from '@viv/common'
import { en, type WordKey, type Words } from './en.ts'
import { zh } from './zh.ts'

const CATALOGUE: Readonly<Record<Language, Words>> = { en, zh }

type FactsFor<K extends WordKey> = FactsOfTemplate<(typeof en)[K]>
type Given<K extends WordKey> = keyof FactsFor<K> extends never ? [] : [facts: FactsFor<K>]

/** `say('vm.editTitle', { name })`: the facts are those that the English template names. */
export type Say = <K extends WordKey>(key: K, ...given: Given<K>) => string

export function say<K extends WordKey>(language: Language, key: K, ...given: Given<K>): string {
  return fillIn(CATALOGUE[language][key], (given[0] ?? {}) as Facts)
}

/** The word for a name that comes from the API, or the name itself where a newer manager says one that we don't know. */
export function sayName(language: Language, prefix: string, name: string): string {
  const words: Readonly<Record<string, string>> = CATALOGUE[language]
  return words[`${prefix}.${name}`] ?? name
}
