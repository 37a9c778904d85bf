import { type Outcome, percentile, printSeries, printTable } from './support/samples.ts'
import { SimulatedProduct } from './support/simulated-product.ts'
import { openStreams } from './support/streams.ts'

const LISTENERS = 500
const CHANGES = 200
const P99_LIMIT_MS = 100
const HOSTS = 20
const VMS = 2_000
/** What else goes on meanwhile, and is told to everybody too. */
const CHANGES_PER_SECOND = 20

/** From the moment a change is sent until each of 500 readers has been told of it. */
export async function events(): Promise<Outcome> {
  const fast = await measure('as it is', 0)
  const slow = await measure('each sync 5 ms later', 5)
  printTable(
    ['disk', 'median ms', 'p99 ms'],
    [fast, slow].map(({ name, all }) => [name, percentile(all, 50).toFixed(1), percentile(all, 99).toFixed(1)]),
  )
  const worst = Math.max(...[fast, slow].map(({ all }) => percentile(all, 99)))
  return { ratio: worst / P99_LIMIT_MS, limit: 1, isMet: worst <= P99_LIMIT_MS }
}

async function measure(name: string, syncDelayMs: number): Promise<{ name: string; all: number[] }> {
  const load = { hosts: HOSTS, vms: VMS, changesPerSecond: CHANGES_PER_SECOND, syncDelayMs }
  await using product = await SimulatedProduct.start(load)
  const heard = new Map<string, number[]>()
  const { promise, resolve } = Promise.withResolvers<void>()
  let waiting = promise
  let release = resolve
  using streams = await openStreams(product.folders.apiSocket, LISTENERS, (_reader, data) => {
    const mark = /"notes":"(change-\d+)"/.exec(data)?.[1]
    const change = mark === undefined ? undefined : heard.get(mark)
    if (change === undefined) return
    change.push(performance.now())
    if (change.length === LISTENERS) release()
  })
  const [vm] = (await product.client.vmList({ query: { limit: '1' } })).items
  const all: number[] = []
  const lastOfEach: number[] = []
  let revision = vm?.revision ?? ''
  for (let at = 0; at < CHANGES; at++) {
    const notes = `change-${at}`
    const change: number[] = []
    heard.set(notes, change)
    ;({ promise: waiting, resolve: release } = Promise.withResolvers<void>())
    const begunMs = performance.now()
    const changed = await product.client.vmUpdate({
      params: { vmId: vm?.id ?? '' },
      ifMatch: revision,
      body: { notes },
    })
    revision = changed.revision
    await waiting
    const tookMs = change.map((atMs) => atMs - begunMs)
    all.push(...tookMs)
    lastOfEach.push(Math.max(...tookMs))
    heard.delete(notes)
  }
  if (streams.open < LISTENERS) throw new Error(`only ${streams.open} of ${LISTENERS} readers were kept`)
  console.log(`${name}:`)
  printSeries({ 'until the last reader was told': lastOfEach }, 'ms')
  return { name, all }
}
