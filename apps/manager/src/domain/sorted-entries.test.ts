import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Entry, nameKey, type Place, SortedEntries } from './sorted-entries.ts'

const entryOf = (id: string, key: number): Entry<string> => ({ id, item: id, keys: [key], facets: [], text: '' })

function walked(entries: SortedEntries<string>, after: Place | undefined, isDescending: boolean): string[] {
  const ids: string[] = []
  entries.walk(after, isDescending, ({ id }) => ids.push(id) < 0)
  return ids
}

const step = fc.tuple(fc.integer({ min: 0, max: 25 }), fc.option(fc.integer({ min: 0, max: 6 })))

test('blocks that are split, emptied and filled again keep the order, from any place and both ways', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), fc.boolean(), (steps, isDescending) => {
      const sorted = new SortedEntries<string>(0, 2)
      const model = new Map<string, Entry<string>>()
      for (const [number, key] of steps) {
        const id = String(number).padStart(2, '0')
        const before = model.get(id)
        if (key === null) {
          if (before !== undefined) sorted.remove(before)
          model.delete(id)
          continue
        }
        const entry = entryOf(id, key)
        if (before === undefined) sorted.insert(entry)
        else sorted.replace(before, entry)
        model.set(id, entry)
      }
      const order = [...model.values()].sort((a, b) => sorted.compare(a, b))
      if (isDescending) order.reverse()
      expect(walked(sorted, undefined, isDescending)).toEqual(order.map(({ id }) => id))
      for (const [at, { id, keys }] of order.entries()) {
        const rest = order.slice(at + 1).map((each) => each.id)
        expect(walked(sorted, { key: keys[0] as number, id }, isDescending)).toEqual(rest)
      }
    }),
    { numRuns: 300 },
  )
})

test('a place where nothing is any more, and beyond the ends', () => {
  const sorted = new SortedEntries<string>(0, 2)
  sorted.load([1, 3, 5, 7, 9].map((key) => entryOf(`id-${key}`, key)))
  expect(walked(sorted, { key: 4, id: '' }, false)).toEqual(['id-5', 'id-7', 'id-9'])
  expect(walked(sorted, { key: 4, id: '' }, true)).toEqual(['id-3', 'id-1'])
  expect(walked(sorted, { key: 99, id: '' }, false)).toEqual([])
  expect(walked(sorted, { key: 99, id: '' }, true)).toHaveLength(5)
  expect(walked(sorted, { key: 0, id: '' }, true)).toEqual([])
  expect(walked(new SortedEntries<string>(0), undefined, true)).toEqual([])
})

test('names are sorted as people number them', () => {
  const names = ['web-10', 'Web-2', 'web', 'db-1'].sort((a, b) => (nameKey(a) < nameKey(b) ? -1 : 1))
  expect(names).toEqual(['db-1', 'web', 'Web-2', 'web-10'])
})
