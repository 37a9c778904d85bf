import type { Blocker, Plan } from '@viv/api'
import { ApiError, UnreachableError } from '@viv/client'
import {
  AppError,
  EFFECTS,
  type EffectName,
  type Facts,
  type Language,
  REASONS,
  type ReasonName,
  renderEffect,
  renderReason,
  renderWarning,
  WARNINGS,
  type WarningName,
} from '@viv/common'
import { say, sayName } from './say.ts'

/** Facts that are words of ours and not names that somebody gave, with where the catalogue has them. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  state: ['state', 'imageState', 'taskState'],
  kind: ['kind'],
  action: ['operation', 'action'],
  allowed: ['action'],
}

/** The facts with our own words in the reader's language: `running` → 运行中. English is how they come. */
function told(facts: Facts, language: Language): Facts {
  if (language === 'en') return facts
  const pairs = Object.entries(facts).map(([name, value]) => [name, tellFact(name, value, language)])
  return Object.fromEntries(pairs) as Facts
}

function tellFact(name: string, value: string | number, language: Language): string | number {
  const prefixes = NAMED[name]
  if (prefixes === undefined || typeof value === 'number') return value
  return value
    .split(', ')
    .map((word) => tellWord(prefixes, word, language))
    .join('、')
}

function tellWord(prefixes: readonly string[], word: string, language: Language): string {
  // A kind may begin a sentence.
  const key = word === word.toUpperCase() ? word.toLowerCase() : word
  for (const prefix of prefixes) {
    const said = sayName(language, prefix, key)
    if (said !== key) return said
  }
  return word
}

/** A reason that this console knows is said in the reader's language; a newer one as the server said it. */
export function tellBlocker({ reason, facts, message }: Blocker, language: Language): string {
  return reason in REASONS ? renderReason(reason as ReasonName, told(facts, language), language) : message
}

export function tellEffect({ effect, facts, message }: Plan['effects'][number], language: Language): string {
  return effect in EFFECTS ? renderEffect(effect as EffectName, told(facts, language), language) : message
}

export function tellWarning({ warning, facts, message }: Plan['warnings'][number], language: Language): string {
  return warning in WARNINGS ? renderWarning(warning as WarningName, told(facts, language), language) : message
}

/** Why something failed: one text for each reason. The one function that makes words of an error. */
export function tellError(error: unknown, language: Language): string[] {
  // Refused here, before anything was sent.
  if (error instanceof AppError) {
    return error.refusals.map(({ reason, facts }) => renderReason(reason, told(facts, language), language))
  }
  if (error instanceof UnreachableError) return [say(language, 'error.unreachable')]
  if (error instanceof ApiError) {
    const blockers = error.body?.blockers ?? []
    return blockers.length > 0 ? blockers.map((one) => tellBlocker(one, language)) : [error.message]
  }
  return [say(language, 'error.unexpected', { problem: error instanceof Error ? error.message : String(error) })]
}

/** What is other in another form of the same change: "Take instead: name web-2". */
export function insteadOf(original: unknown, other: unknown, language: Language): string {
  const before = (original ?? {}) as Readonly<Record<string, unknown>>
  const changed = Object.entries((other ?? {}) as Readonly<Record<string, unknown>>).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(before[field]),
  )
  const words = changed.map(([field, value]) => {
    const said = sayName(language, `value.${field}`, String(value))
    return `${sayName(language, 'field', field)} ${said === '[object Object]' ? JSON.stringify(value) : said}`
  })
  return say(language, 'plan.instead', { what: words.join(', ') })
}
