import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventParser } from './event-parser.ts'

const STREAM = [
  'id: e.1\nevent: synced\ndata: {"revision":"e.1"}\n\n',
  ': alive\n\n',
  ': alive\nid: e.1b\n\n',
  'event: vm\ndata: {"id":"a","object":null}\n\n',
  'id: e.2\r\nevent: vm\r\ndata: {"id":"b",\r\ndata: "object":null}\r\n\r\n',
  'data: plain\n\n',
  'event: nothing\n\n',
].join('')

const EXPECTED = [
  { event: 'synced', data: '{"revision":"e.1"}', id: 'e.1' },
  { event: 'alive', data: '', id: 'e.1b' },
  { event: 'vm', data: '{"id":"a","object":null}' },
  { event: 'vm', data: '{"id":"b",\n"object":null}', id: 'e.2' },
  { event: 'message', data: 'plain' },
]

test('reads events, ids and comments, in whatever pieces they come', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: STREAM.length }), { maxLength: 40 }), (cuts) => {
      const parser = new EventParser()
      const places = [0, ...cuts.sort((a, b) => a - b), STREAM.length]
      const pieces = places.slice(1).map((end, index) => STREAM.slice(places[index], end))
      expect(pieces.flatMap((piece) => parser.push(piece))).toEqual(EXPECTED)
    }),
  )
})

test('an event that is cut is told only when its end has come', () => {
  const parser = new EventParser()
  expect(parser.push('event: vm\ndata: {}')).toEqual([])
  expect(parser.push('\n')).toEqual([])
  expect(parser.push('\n')).toEqual([{ event: 'vm', data: '{}' }])
})
