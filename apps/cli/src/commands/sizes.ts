import { usageError } from '../output/errors.ts'

const MIB_PER_UNIT: Readonly<Record<string, number>> = { m: 1, g: 1024, t: 1024 * 1024 }
const SIZE = /^(\d+(?:\.\d+)?)\s*([mgt])(?:i?b)?$/i

/** `512M`, `20G`, `1.5T`: binary units, whole MiB. */
export function parseMib(text: string, option: string): number {
  const [, number, unit] = SIZE.exec(text) ?? []
  const mib = Number(number) * (MIB_PER_UNIT[unit?.toLowerCase() ?? ''] ?? Number.NaN)
  if (!Number.isInteger(mib) || mib < 1) {
    throw usageError(`${option} ${text} is no size. Write a number with M, G or T, as 512M or 20G.`)
  }
  return mib
}

export function parseCount(text: string, option: string): number {
  const count = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count) || count < 1) {
    throw usageError(`${option} ${text} is no whole number above 0.`)
  }
  return count
}
