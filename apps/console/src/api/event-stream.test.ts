import { expect, test } from 'vitest'
import type { ServerEvent } from './event-parser.ts'
import { EventStream } from './event-stream.ts'

/** A server of streams that a test holds in its hand: each opening is told, and fed or cut by the test. */
class Streams {
  readonly opened: { lastId: string | undefined; feed: ReadableStreamDefaultController<Uint8Array> }[] = []
  readonly events: ServerEvent[] = []
  readonly connections: string[] = []
  readonly pauses: number[] = []
  readonly #end = new AbortController()
  #isRefused = false
  #isDown = false
  readonly ended: Promise<void>
  readonly stream: EventStream

  constructor(silenceMs = 60_000) {
    this.stream = new EventStream(
      {
        open: (lastId) => {
          if (this.#isDown) return Promise.reject(new TypeError('connection refused'))
          if (this.#isRefused) return Promise.resolve(undefined)
          return Promise.resolve(new ReadableStream({ start: (feed) => void this.opened.push({ lastId, feed }) }))
        },
        onEvent: (event) => void this.events.push(event),
        onConnection: (connection) => {
          if (this.connections.at(-1) !== connection) this.connections.push(connection)
        },
        pause: (ms) => {
          this.pauses.push(ms)
          return new Promise((resolve) => setTimeout(resolve, 1))
        },
      },
      silenceMs,
    )
    this.ended = this.stream.run(this.#end.signal)
  }

  say(text: string): void {
    this.opened.at(-1)!.feed.enqueue(new TextEncoder().encode(text))
  }

  cut(): void {
    this.opened.at(-1)!.feed.error(new TypeError('network error'))
  }

  down(isDown: boolean): void {
    this.#isDown = isDown
  }

  refuse(): void {
    this.#isRefused = true
  }

  stop(): Promise<void> {
    this.#end.abort()
    return this.ended
  }
}

const opened = (streams: Streams, count: number) => expect.poll(() => streams.opened.length).toBe(count)

test('goes on after the last id that it has', async () => {
  const streams = new Streams()
  await opened(streams, 1)
  streams.say('id: e.7\nevent: synced\ndata: {}\n\nevent: vm\ndata: {"id":"half of a transaction"}\n\n')
  await expect.poll(() => streams.events.length).toBe(2)
  streams.cut()
  await opened(streams, 2)
  expect(streams.opened.map(({ lastId }) => lastId)).toEqual([undefined, 'e.7'])
  expect(streams.connections).toEqual(['connecting', 'live', 'lost'])
  streams.say('id: e.9\nevent: synced\ndata: {}\n\n')
  await expect.poll(() => streams.connections.at(-1)).toBe('live')
  await streams.stop()
})

test('tries ever more rarely while nobody answers, and often again once somebody has', async () => {
  const streams = new Streams()
  await opened(streams, 1)
  streams.down(true)
  streams.cut()
  await expect.poll(() => streams.pauses.length).toBeGreaterThan(6)
  expect(streams.pauses.slice(0, 7)).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000])
  streams.down(false)
  await opened(streams, 2)
  streams.say('event: synced\ndata: {}\n\n')
  await expect.poll(() => streams.connections.at(-1)).toBe('live')
  const before = streams.pauses.length
  streams.cut()
  await opened(streams, 3)
  expect(streams.pauses.slice(before)).toEqual([250])
  await streams.stop()
})

test('takes a line that is silent for long for a dead one', async () => {
  const streams = new Streams(50)
  await opened(streams, 1)
  streams.say('id: e.1\nevent: synced\ndata: {}\n\n')
  await opened(streams, 2)
  expect(streams.opened[1]!.lastId).toBe('e.1')
  await streams.stop()
})

test('a line that somebody knows to be dead is opened anew at once', async () => {
  const streams = new Streams()
  await opened(streams, 1)
  streams.say('id: e.3\nevent: synced\ndata: {}\n\n')
  await expect.poll(() => streams.connections.at(-1)).toBe('live')
  streams.stream.cut()
  await opened(streams, 2)
  expect(streams.connections).toEqual(['connecting', 'live', 'lost'])
  expect(streams.opened[1]!.lastId).toBe('e.3')
  await streams.stop()
})

test('ends where nobody is logged in any more', async () => {
  const streams = new Streams()
  await opened(streams, 1)
  streams.refuse()
  streams.cut()
  await streams.ended
  expect(streams.opened).toHaveLength(1)
})
