import type { Page } from '@viv/api'
import { ApiError } from '@viv/client'
import { afterEach, expect, test } from 'vitest'
import { PAGE_ROWS, PagedList } from './paged-list.ts'

interface Item {
  readonly id: string
  readonly name: string
}

/** A server that sorts by name and pages by key, as the manager does; a test changes what it holds. */
class Server {
  items: Item[] = []
  readonly asked: string[] = []
  isDown = false
  refusal: ApiError | undefined

  constructor(count: number) {
    for (let index = 0; index < count; index++) this.add(`n${String(index).padStart(6, '0')}`)
  }

  add(name: string): Item {
    const item = { id: `id-${name}`, name }
    this.items.push(item)
    this.items.sort((a, b) => (a.name < b.name ? -1 : 1))
    return item
  }

  remove(name: string): void {
    this.items = this.items.filter((item) => item.name !== name)
  }

  read({ limit, cursor = '' }: { limit: string; cursor?: string }): Promise<Page<Item>> {
    this.asked.push(`${limit}@${cursor}`)
    if (this.isDown) return Promise.reject(new TypeError('down'))
    if (this.refusal !== undefined && cursor !== '') return Promise.reject(this.refusal)
    const after = this.items.filter(({ name }) => name > cursor)
    const items = after.slice(0, Number(limit))
    const last = items.at(-1)
    return Promise.resolve({
      items,
      ...(cursor === '' ? { total: this.items.length } : {}),
      ...(after.length > items.length && last !== undefined ? { next: last.name } : {}),
      revision: 'e.1',
    })
  }
}

let list: PagedList<Item>
afterEach(() => list.close())

function listOf(server: Server): PagedList<Item> {
  list = new PagedList<Item>({
    read: (query) => server.read(query),
    mayMove: (before, after) => before?.name !== after.name,
    onChange: () => undefined,
  })
  return list
}

const namesIn = (first: number, last: number): (string | undefined)[] =>
  Array.from({ length: last - first + 1 }, (_, index) => list.row(first + index)?.name)

/** The rows from `first` on are what the server has there. */
const shows = (server: Server, first: number, last: number) =>
  expect
    .poll(() => namesIn(first, last), { timeout: 5_000, interval: 5 })
    .toEqual(server.items.slice(first, last + 1).map(({ name }) => name))

test('reads what is in view, and the count with it', async () => {
  const server = new Server(1000)
  listOf(server).want(0, 40)
  await shows(server, 0, 40)
  expect(list.total).toBe(1000)
  expect(server.asked).toEqual([`${PAGE_ROWS}@`])
})

test('a jump reads on to where it leads, keeps little, and comes back by the cursors it has', async () => {
  const server = new Server(20_000)
  listOf(server).want(0, 40)
  await shows(server, 0, 40)
  list.want(19_900, 19_940)
  expect(list.progress).toBeLessThan(1)
  await shows(server, 19_900, 19_940)
  expect(list.progress).toBe(1)
  expect(list.row(0)).toBeUndefined()
  const asked = server.asked.length
  list.want(5_000, 5_040)
  await shows(server, 5_000, 5_040)
  expect(server.asked.length).toBeLessThanOrEqual(asked + 2)
})

test('a change is put in place without asking again', async () => {
  const server = new Server(300)
  listOf(server).want(0, 40)
  await shows(server, 0, 40)
  const asked = server.asked.length
  const changed = { ...list.row(3)!, state: 'running' }
  list.apply(changed.id, changed)
  expect(list.row(3)).toBe(changed)
  await Promise.resolve()
  expect(server.asked).toHaveLength(asked)
})

test('what comes in, moves or goes is in its right place', async () => {
  const server = new Server(600)
  listOf(server).want(0, 40)
  await shows(server, 0, 40)
  list.apply('id-a', server.add('a'))
  await shows(server, 0, 40)
  expect(list.total).toBe(601)
  server.remove('n000010')
  list.apply('id-n000010', null)
  expect(namesIn(0, 40)).not.toContain('n000010')
  await shows(server, 0, 40)
  expect(list.total).toBe(600)
})

test('rows that move over the border of two pages are shown once', async () => {
  const server = new Server(2_000)
  const border = PAGE_ROWS * 3
  listOf(server).want(border - 10, border + 10)
  await shows(server, border - 10, border + 10)
  list.apply('id-a', server.add(`n${String(border - 100).padStart(6, '0')}x`))
  list.want(border - 200, border - 150)
  await shows(server, border - 200, border - 150)
  list.readAgain()
  list.want(border - 10, border + 10)
  await expect.poll(() => namesIn(border - 10, border + 10).includes(undefined), { timeout: 5_000 }).toBe(false)
  const names = namesIn(border - 10, border + 10)
  expect(new Set(names).size).toBe(names.length)
})

test('a server that is down is asked again, and what was shown stays meanwhile', async () => {
  const server = new Server(100)
  listOf(server).want(0, 40)
  await shows(server, 0, 40)
  server.isDown = true
  list.readAgain()
  await expect.poll(() => list.error, { timeout: 5_000 }).toBeInstanceOf(TypeError)
  expect(list.row(0)).toBeDefined()
  server.isDown = false
  server.add('a')
  await shows(server, 0, 40)
  expect(list.error).toBeUndefined()
})

test('a cursor that the server does not take any more: from the beginning', async () => {
  const server = new Server(3_000)
  listOf(server).want(0, 40)
  await shows(server, 0, 40)
  server.refusal = new ApiError(400, undefined)
  list.want(600, 640)
  await expect.poll(() => list.error, { timeout: 5_000 }).toBeInstanceOf(ApiError)
  server.refusal = undefined
  await shows(server, 600, 640)
})
