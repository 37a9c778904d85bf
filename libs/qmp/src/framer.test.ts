import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { QmpProtocolError } from './errors.ts'
import { Framer, type FramerOptions, type JsonObject } from './framer.ts'

const LIMIT = { maxMessageBytes: 100_000 }

function framed(pieces: readonly Uint8Array[], options: FramerOptions = LIMIT): JsonObject[] {
  const framer = new Framer(options)
  return pieces.flatMap((piece) => [...framer.push(piece)])
}

/** Cuts `bytes` into pieces of the given sizes, over and over. */
function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let start = 0, count = 0; start < bytes.length; count++) {
    const size = sizes[count % sizes.length] ?? 1
    pieces.push(bytes.subarray(start, start + size))
    start += size
  }
  return pieces
}

const messages = fc.array(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), { maxLength: 8 })
const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 6 })
const lineEnd = fc.constantFrom('\n', '\r\n', '\n\n')

describe('messages', () => {
  test('come out the same in whatever pieces they come in', () => {
    fc.assert(
      fc.property(messages, sizes, lineEnd, (sent, pieceSizes, end) => {
        const plain = sent.map((message) => JSON.parse(JSON.stringify(message)) as JsonObject)
        const bytes = Buffer.from(sent.map((message) => JSON.stringify(message) + end).join(''))
        expect(framed(cut(bytes, pieceSizes))).toEqual(plain)
      }),
    )
  })

  test('keep a character that is cut after each of its bytes', () => {
    const bytes = Buffer.from('{"name":"žluťoučký 🦄"}\n')
    for (let at = 0; at <= bytes.length; at++) {
      expect(framed([bytes.subarray(0, at), bytes.subarray(at)])).toEqual([{ name: 'žluťoučký 🦄' }])
    }
  })

  test('come out as soon as their line ends', () => {
    const framer = new Framer(LIMIT)
    expect([...framer.push(Buffer.from('{"a":1}'))]).toEqual([])
    expect([...framer.push(Buffer.from('\n{"b"'))]).toEqual([{ a: 1 }])
    expect([...framer.push(Buffer.from(':2}\n'))]).toEqual([{ b: 2 }])
  })

  test('are refused above the limit, with or without an end, and taken at it', () => {
    const line = Buffer.from('{"a":"12345"}\n')
    const at = { maxMessageBytes: line.length - 1 }
    const below = { maxMessageBytes: line.length - 2 }
    expect(framed(cut(line, [1]), at)).toEqual([{ a: '12345' }])
    expect(() => framed([line], below)).toThrow(QmpProtocolError)
    expect(() => framed(cut(line.subarray(0, -1), [1]), below)).toThrow(QmpProtocolError)
  })

  test.each(['nonsense', '[1]', 'null', '"text"', '{"a":1', '{"a":1}{"b":2}'])(
    'are refused when they are %s',
    (line) => {
      expect(() => framed([Buffer.from(`${line}\n`)])).toThrow(QmpProtocolError)
    },
  )

  test('are refused when they are no UTF-8', () => {
    expect(() => framed([Buffer.from('{"a":"\xc3"}\n', 'latin1')])).toThrow(QmpProtocolError)
  })
})

describe('the sentinel', () => {
  test('ends the rest of a stale line, wherever the pieces are cut', () => {
    const bytes = Buffer.concat([Buffer.from('{"return": [1, 2'), Buffer.of(0xff), Buffer.from('{"return": 42}\n')])
    for (let size = 1; size <= bytes.length; size++) {
      expect(framed(cut(bytes, [size]))).toEqual([{ return: 42 }])
    }
  })

  test('starts the messages where the framer is told so, past garbage longer than any message', () => {
    const garbage = Buffer.alloc(5000, 'garbage\n')
    const bytes = Buffer.concat([garbage, Buffer.of(0xff), Buffer.from('{"return": 42}\n{"id": 1}\n')])
    fc.assert(
      fc.property(sizes, (pieceSizes) => {
        const options = { maxMessageBytes: 100, startsAtSentinel: true }
        expect(framed(cut(bytes, pieceSizes), options)).toEqual([{ return: 42 }, { id: 1 }])
      }),
    )
  })
})
