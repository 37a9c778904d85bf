import type { Language } from '@viv/common'
import { useCallback } from 'react'
import { useLanguage } from '../util/preferences.ts'
import { type Say, say, sayName } from './say.ts'

/** Speaks the reader's language. */
export interface Speaker {
  readonly language: Language
  readonly say: Say
  readonly name: (prefix: string, name: string) => string
}

export function useWords(): Speaker {
  const language = useLanguage()
  const speak = useCallback<Say>((key, ...given) => say(language, key, ...given), [language])
  const name = useCallback((prefix: string, word: string) => sayName(language, prefix, word), [language])
  return { language, say: speak, name }
}
