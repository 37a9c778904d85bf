import type { Language } from '@viv/common'

const LOCALES: Readonly<Record<Language, string>> = { en: 'en', zh: 'zh-CN' }
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** 1536 → "1.5 KiB". */
export function bytes(count: number): string {
  let value = count
  let unit = 0
  for (; value >= 1024 && unit < UNITS.length - 1; unit++) value /= 1024
  const digits = value >= 100 || Number.isInteger(value) ? 0 : 1
  return `${value.toFixed(digits)} ${UNITS[unit]}`
}

export const mebibytes = (count: number): string => bytes(count * 1024 * 1024)

const formats = new Map<string, Intl.DateTimeFormat>()

/** The moment in the reader's own time zone; to the minute where there is little room. */
export function moment(iso: string, language: Language, precision: 'second' | 'minute' = 'second'): string {
  const key = `${language} ${precision}`
  let format = formats.get(key)
  if (format === undefined) {
    const timeStyle = precision === 'second' ? 'medium' : 'short'
    format = new Intl.DateTimeFormat(LOCALES[language], { dateStyle: 'medium', timeStyle })
    formats.set(key, format)
  }
  return format.format(new Date(iso))
}

export const wholeNumber = (count: number, language: Language): string => count.toLocaleString(LOCALES[language])

/** "2 min 5 s", between two moments. */
export function duration(fromIso: string, toIso: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(toIso) - Date.parse(fromIso)) / 1000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
}
