import { useSyncExternalStore } from 'react'
import type { Language } from '@viv/common'

export type Theme = 'light' | 'dark'

/** What a person chose, kept in this browser; before that, what the browser says of them. */
const KEYS = { language: 'viv.language', theme: 'viv.theme' } as const
const listeners = new Set<() => void>()

function read<T extends string>(key: string, known: readonly T[]): T | undefined {
  try {
    const kept = localStorage.getItem(key)
    return known.find((one) => one === kept)
  } catch {
    // Storage may be forbidden: then nothing is remembered.
    return undefined
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // As above.
  }
}

let language: Language = read(KEYS.language, ['en', 'zh']) ?? (navigator.language.startsWith('zh') ? 'zh' : 'en')
let theme: Theme =
  read(KEYS.theme, ['light', 'dark']) ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')

function show(): void {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
  document.documentElement.dataset['theme'] = theme
  for (const listener of listeners) listener()
}

export function setLanguage(next: Language): void {
  language = next
  write(KEYS.language, next)
  show()
}

export function setTheme(next: Theme): void {
  theme = next
  write(KEYS.theme, next)
  show()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

export const useLanguage = (): Language => useSyncExternalStore(subscribe, () => language)
export const useTheme = (): Theme => useSyncExternalStore(subscribe, () => theme)

show()
