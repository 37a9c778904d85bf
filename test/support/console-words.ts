import {
  EFFECTS,
  type EffectName,
  type Facts,
  fillIn,
  type Language,
  REASONS,
  type ReasonName,
  WARNINGS,
  type WarningName,
} from '@viv/common'
import { say as sayIn, type Say } from '../../apps/console/src/words/say.ts'

/** What a person reads in that language; of a message whose facts a test does not all know, what it knows of it. */
export function wordsOf(language: Language) {
  const say: Say = (key, ...given) => sayIn(language, key, ...given)
  return {
    say,
    reason: (name: ReasonName, facts: Facts = {}) => known(REASONS[name][language], facts),
    effect: (name: EffectName, facts: Facts = {}) => known(EFFECTS[name][language], facts),
    warning: (name: WarningName, facts: Facts = {}) => known(WARNINGS[name][language], facts),
    /** The button that takes another value instead. */
    instead: (field: 'name' | 'accelerator' | 'cpus' | 'cpuModel' | 'firmware' | 'diskBus', value: string) =>
      say('plan.instead', { what: `${say(`field.${field}`)} ${value}` }),
  }
}

/** The longest part of the message in which every fact is known. */
function known(template: string, facts: Facts): string {
  const parts = fillIn(template, facts).split(/\{\w+\}/)
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest)).trim()
}
