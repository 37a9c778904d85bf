import type { Blocker, Plan } from '@viv/api'
import { ApiError, UnreachableError } from '@viv/client'
import {
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

/** Facts that are words of ours and not names that somebody gave. */
const NAMED: Readonly<Record<string, string>> = {
  state: 'state',
  kind: 'kind',
  action: 'operation',
}

/** The facts with our own words in the reader's language: `running` → 运行中. */
function told(facts: Facts, language: Language): Facts {
  if (language === 'en') return facts
  const pairs = Object.entries(facts).map(([name, value]) => [name, tellFact(name, String(value), language)])
  return Object.fromEntries(pairs) as Facts
}

function tellFact(name: string, value: string, language: Language): string {
  const prefix = NAMED[name]
  if (name === 'allowed') {
    const actions = value.split(', ').map((action) => sayName(language, 'action', action))
    return actions.join('、')
  }
  if (prefix === undefined) return value
  const word = sayName(language, prefix, value)
  return word === value && prefix === 'operation' ? sayName(language, 'action', value) : word
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
  if (error instanceof UnreachableError) return [say(language, 'error.unreachable')]
  if (error instanceof ApiError) {
    const blockers = error.body?.blockers ?? []
    return blockers.length > 0 ? blockers.map((one) => tellBlocker(one, language)) : [error.message]
  }
  return [say(language, 'error.unexpected', { problem: error instanceof Error ? error.message : String(error) })]
}
