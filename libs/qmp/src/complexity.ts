import { QmpProtocolError } from './errors.ts'

/** What a message may cost to build. Its bytes alone do not bound that: 4 MiB of `[` are 100 MB of arrays. */
export interface ComplexityLimits {
  maxDepth: number
  maxValues: number
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c

/** A message this short can't cost much, whatever it holds. */
const HARMLESS_BYTES = 4096

/** Throws where the JSON text would make more, or deeper, values than the limits; looks at each byte once, and builds nothing. */
export function limitComplexity(json: Uint8Array, { maxDepth, maxValues }: ComplexityLimits): void {
  if (json.length <= HARMLESS_BYTES) return
  let depth = 0
  let values = 1
  for (let at = 0; at < json.length; at++) {
    const byte = json[at]
    if (byte === QUOTE) at = endOfString(json, at)
    else if (byte === COMMA) values++
    else if (byte === 0x5b || byte === 0x7b) {
      values++
      depth++
    } else if (byte === 0x5d || byte === 0x7d) depth--
    if (depth > maxDepth) throw new QmpProtocolError(`a message is nested more than ${maxDepth} deep`)
    if (values > maxValues) throw new QmpProtocolError(`a message has more than ${maxValues} values`)
  }
}

/** Where the string that begins at `start` has its closing quote. */
function endOfString(json: Uint8Array, start: number): number {
  let at = start + 1
  for (; at < json.length && json[at] !== QUOTE; at++) if (json[at] === BACKSLASH) at++
  return at
}
