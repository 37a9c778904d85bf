import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ListIndex, type Question } from './list-index.ts'
import { nameKey, type Place } from './sorted-entries.ts'

interface Thing {
  readonly name: string
  readonly size: number
  readonly state: string
  readonly tags: readonly string[]
}

const SHAPE = {
  sorts: { name: ({ name }: Thing) => nameKey(name), size: ({ size }: Thing) => size },
  facets: { state: ({ state }: Thing) => state, tag: ({ tags }: Thing) => tags },
  text: ({ name }: Thing) => name,
}

const ask = (question: Partial<Question> = {}): Question => ({
  sort: 'name',
  isDescending: false,
  limit: 1000,
  filters: new Map(),
  ...question,
})

/** What a list is, said slowly: everything that fits, sorted by its key and then its id. */
function slowly(things: ReadonlyMap<string, Thing>, { sort, isDescending, search, filters }: Question): Thing[] {
  const key = (thing: Thing) => (sort === 'size' ? thing.size : nameKey(thing.name))
  const fits = ({ name, state, tags }: Thing) =>
    (search === undefined || name.toLowerCase().includes(search)) &&
    (filters.get('state')?.has(state) ?? true) &&
    tags.concat('').some((tag) => filters.get('tag')?.has(tag) ?? true)
  const sorted = [...things]
    .filter(([, thing]) => fits(thing))
    .sort(([idA, a], [idB, b]) => {
      const [x, y] = [key(a), key(b)]
      return x < y ? -1 : x > y ? 1 : idA < idB ? -1 : 1
    })
  const all = sorted.map(([, thing]) => thing)
  return isDescending ? all.reverse() : all
}

/** All pages, one after the other. */
function paged(index: ListIndex<Thing>, question: Question): Thing[] {
  const found: Thing[] = []
  for (let after: Place | undefined; ; ) {
    const page = index.page({ ...question, ...(after === undefined ? {} : { after }) })
    expect(page.items.length).toBeLessThanOrEqual(question.limit)
    found.push(...page.items)
    if (page.next === undefined) return found
    after = page.next
  }
}

const thing = fc.record({
  name: fc.stringMatching(/^[A-Ca-c]{1,2}-?[0-9]{0,3}$/),
  size: fc.integer({ min: 0, max: 5 }),
  state: fc.constantFrom('on', 'off', 'gone'),
  tags: fc.subarray(['red', 'blue']),
})
const change = fc.tuple(fc.integer({ min: 0, max: 40 }).map(String), fc.option(thing))
const question = fc.record({
  sort: fc.constantFrom('name', 'size'),
  isDescending: fc.boolean(),
  limit: fc.integer({ min: 1, max: 7 }),
  search: fc.option(fc.constantFrom('a', 'b-', '1'), { nil: undefined }),
  filters: fc.tuple(fc.subarray(['on', 'off', 'gone']), fc.subarray(['red', 'blue'])).map(([states, tags]) => {
    const filters = new Map<string, ReadonlySet<string>>()
    if (states.length > 0) filters.set('state', new Set(states))
    if (tags.length > 0) filters.set('tag', new Set(tags))
    return filters
  }),
})

test('after any changes, every question is answered as by looking at everything', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), fc.array(question, { maxLength: 5 }), (changes, questions) => {
      const things = new Map<string, Thing>()
      const index = new ListIndex<Thing>(SHAPE)
      for (const [id, value] of changes) {
        if (value === null) {
          things.delete(id)
          index.delete(id)
        } else {
          things.set(id, value)
          index.set(id, value)
        }
      }
      const loaded = new ListIndex<Thing>(SHAPE)
      loaded.load(things)
      for (const raw of questions) {
        const { search, ...rest } = raw
        const asked: Question = search === undefined ? rest : { ...rest, search }
        const wanted = slowly(things, asked)
        for (const each of [index, loaded]) {
          expect(paged(each, asked)).toEqual(wanted)
          expect(each.count(asked)).toBe(wanted.length)
        }
      }
    }),
    { numRuns: 300 },
  )
})

describe('a page that is read while things change', () => {
  const many = Array.from({ length: 30 }, (_, at) => ({ name: `vm-${at}`, size: at, state: 'on', tags: [] }))

  test('neither repeats nor misses what was there all the time', () => {
    const index = new ListIndex<Thing>(SHAPE)
    index.load(many.map((each, at) => [String(at), each]))
    const first = index.page(ask({ limit: 10 }))
    index.delete('3')
    index.set('new', { name: 'vm-4b', size: 1, state: 'on', tags: [] })
    index.set('9', { ...(many[9] as Thing), state: 'off' })
    const second = index.page(ask({ limit: 100, after: first.next as Place }))
    expect(first.items.map(({ name }) => name)).toEqual(many.slice(0, 10).map(({ name }) => name))
    expect(second.items.map(({ name }) => name)).toEqual(many.slice(10).map(({ name }) => name))
    expect(second.next).toBeUndefined()
  })

  test('goes on from a thing that is gone', () => {
    const index = new ListIndex<Thing>(SHAPE)
    index.load(many.map((each, at) => [String(at), each]))
    const { next } = index.page(ask({ limit: 5 }))
    index.delete('4')
    expect(index.page(ask({ limit: 1, after: next as Place })).items[0]?.name).toBe('vm-5')
  })
})

test('who may not see a thing does not count it either', () => {
  const index = new ListIndex<Thing>(SHAPE)
  index.load([
    ['mine', { name: 'a', size: 1, state: 'on', tags: [] }],
    ['other', { name: 'b', size: 1, state: 'on', tags: [] }],
  ])
  const asked = ask({ isVisible: (id) => id === 'mine' })
  expect(index.page(asked).items.map(({ name }) => name)).toEqual(['a'])
  expect(index.count(asked)).toBe(1)
})
