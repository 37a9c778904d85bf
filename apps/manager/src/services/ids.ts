import { createHash, randomUUID } from 'node:crypto'

export const newId = (): string => randomUUID()

/** The same id for the same words, in the form of a UUID: what a repeated request makes gets the same id. */
export function derivedId(...words: readonly string[]): string {
  const bytes = createHash('sha256').update(JSON.stringify(words)).digest().subarray(0, 16)
  // Version 8 (made by our own rule), variant 1, as RFC 9562 lays them out.
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
