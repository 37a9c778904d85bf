import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { Platform } from './platform.ts'
import { Replica } from './replica.ts'

/**
 * Random creations, edits, deletions, reverts and restarts of the manager, with subscribers that come and go: history,
 * events and lists must tell the same story as a model, which is a list of configurations for each VM.
 */
const name = fc.constantFrom('a', 'b', 'c', 'd')
const notes = fc.constantFrom('', 'one', 'two')
const vm = fc.nat({ max: 7 })
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('create' as const), name, notes }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('edit' as const), vm, name, notes }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), vm }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('revert' as const), vm, back: fc.nat({ max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('subscriber' as const), which: fc.nat({ max: 2 }) }) },
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

interface Config {
  readonly name: string
  readonly notes: string
}

/** Of one VM, in their order; undefined at the end of one that was deleted. */
type Story = (Config | undefined)[]

class Telling implements AsyncDisposable {
  readonly platform: Platform
  readonly stories = new Map<string, Story>()
  readonly replicas: readonly Replica[]

  constructor(platform: Platform) {
    this.platform = platform
    this.replicas = Array.from({ length: 3 }, () => new Replica(platform))
  }

  async take(each: Step): Promise<void> {
    switch (each.do) {
      case 'create':
        return this.#create({ name: each.name, notes: each.notes })
      case 'edit':
        return this.#onOne(each.vm, (vmId) => this.#edit(vmId, { name: each.name, notes: each.notes }))
      case 'delete':
        return this.#onOne(each.vm, (vmId) => this.#delete(vmId))
      case 'revert':
        return this.#onOne(each.vm, (vmId) => this.#revert(vmId, each.back))
      case 'restart':
        return this.#restart()
      case 'subscriber': {
        const replica = this.replicas[each.which] as Replica
        return replica.isHere ? replica.leave() : replica.come()
      }
    }
  }

  /** What all three say now is what the model says. */
  async compare(): Promise<void> {
    const { body } = await this.platform.call('GET', '/v1/vms?limit=1000')
    const listed = (body['items'] as Record<string, unknown>[]).map((each) => [each['id'], configOf(each)] as const)
    expect(new Map(listed)).toEqual(this.#alive())
    for (const [vmId, story] of this.stories) expect(await this.#history(vmId)).toEqual(story)
    for (const replica of this.replicas) await replica.settle()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const replica of this.replicas) replica[Symbol.dispose]()
    await this.platform[Symbol.asyncDispose]()
  }

  #alive(): Map<string, Config> {
    const last = [...this.stories].map(([id, story]) => [id, story.at(-1)] as const)
    return new Map(last.filter((pair): pair is [string, Config] => pair[1] !== undefined))
  }

  async #onOne(number: number, work: (vmId: string) => Promise<void>): Promise<void> {
    const ids = [...this.#alive().keys()]
    const vmId = ids[number % Math.max(1, ids.length)]
    if (vmId !== undefined) await work(vmId)
  }

  #isTaken(wanted: string, by?: string): boolean {
    return [...this.#alive()].some(([id, config]) => config.name === wanted && id !== by)
  }

  async #create(config: Config): Promise<void> {
    const body = { ...config, imageId: await this.platform.imageId() }
    const { status, body: task } = await this.platform.call('POST', '/v1/vms?wait=30', { body })
    expect(status, JSON.stringify(task)).toBe(this.#isTaken(config.name) ? 409 : 202)
    if (status === 202) this.stories.set((task['target'] as { id: string }).id, [config])
  }

  #edit(vmId: string, config: Config): Promise<void> {
    return this.#change('PATCH', vmId, '', config, config)
  }

  async #revert(vmId: string, back: number): Promise<void> {
    const { body } = await this.platform.call('GET', `/v1/history?objectId=${vmId}&limit=1000&sort=at`)
    const entries = body['items'] as { id: string }[]
    const at = back % entries.length
    const wanted = this.stories.get(vmId)?.[at] as Config
    await this.#change('POST', vmId, '/actions/revert', { entryId: entries[at]?.id }, wanted)
  }

  async #change(method: string, vmId: string, path: string, body: object, wanted: Config): Promise<void> {
    const { revision } = (await this.platform.call('GET', `/v1/vms/${vmId}`)).body
    const headers = { 'if-match': String(revision) }
    const { status } = await this.platform.call(method, `/v1/vms/${vmId}${path}`, { body, headers })
    expect(status).toBe(this.#isTaken(wanted.name, vmId) ? 409 : 200)
    const story = this.stories.get(vmId) as Story
    if (status === 200 && JSON.stringify(story.at(-1)) !== JSON.stringify(wanted)) story.push(wanted)
  }

  async #delete(vmId: string): Promise<void> {
    const { body } = await this.platform.call('DELETE', `/v1/vms/${vmId}?purge=true&wait=30`)
    expect(body).toMatchObject({ state: 'succeeded' })
    this.stories.get(vmId)?.push(undefined)
  }

  /** Whoever was connected is cut off, and comes back by itself. */
  async #restart(): Promise<void> {
    const here = this.replicas.filter(({ isHere }) => isHere)
    for (const replica of here) replica.leave()
    await this.platform.stopManager()
    await this.platform.startManager()
    for (const replica of here) await replica.come()
  }

  async #history(vmId: string): Promise<Story> {
    const { body } = await this.platform.call('GET', `/v1/history?objectId=${vmId}&limit=1000&sort=at`)
    const entries = body['items'] as { id: string; isDeleted: boolean }[]
    const versions = entries.map(async ({ id, isDeleted }) => {
      const { document } = (await this.platform.call('GET', `/v1/history/${id}`)).body
      return isDeleted ? undefined : configOf(document as Record<string, unknown>)
    })
    return Promise.all(versions)
  }
}

const configOf = (of: Record<string, unknown>): Config => ({ name: String(of['name']), notes: String(of['notes']) })

let telling: Telling | undefined
afterEach(() => telling?.[Symbol.asyncDispose]())

const RUNS = Number(process.env['VIV_STORIES'] ?? 4)

test(`${RUNS} random stories: history, events and lists tell the same`, { timeout: RUNS * 30_000 }, async () => {
  const seed = Number(process.env['VIV_SEED'] ?? Date.now() % 1_000_000)
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), async (steps) => {
      await telling?.[Symbol.asyncDispose]()
      telling = new Telling(await Platform.start())
      for (const each of steps) await telling.take(each)
      await telling.compare()
    }),
    // Each failure is told with its seed; making it smaller would start a platform for every try.
    { numRuns: RUNS, seed, endOnFailure: true },
  )
})
