import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { VM_SORTS } from '@viv/api'
import { everyItem } from '@viv/client'
import { KeptConnection } from './support/kept-connection.ts'
import { type Outcome, percentile, printTable, type Series, printSeries } from './support/samples.ts'
import { SimulatedProduct } from './support/simulated-product.ts'
import { openStreams } from './support/streams.ts'

const HOSTS = 1_000
const VMS = 100_000
const CHANGES_PER_SECOND = 300
const STREAMS = 50
const PAGE = 100
const ROUNDS = 60
const P99_LIMIT_MS = 20
const RATIO_LIMIT = 3
const RESIDENT_LIMIT_MB = 1000

/**
 * A page of 100 out of 100 000 VMs on 1 000 simulated hosts, by each sort key and with filters, while 300 statuses a
 * second change and 50 readers follow them; against a Fastify route that answers the same rows as a constant.
 */
export async function vmList(): Promise<Outcome> {
  const fast = await measure('as it is', 0)
  const slow = await measure('each sync 5 ms later', 5)
  printTable(
    ['disk', 'ours p99 ms', 'peer p99 ms', 'ratio', 'resident MB'],
    [fast, slow].map(({ name, ours, peer, residentMb }) => [
      name,
      ours.toFixed(2),
      peer.toFixed(2),
      (ours / peer).toFixed(2),
      residentMb.toFixed(0),
    ]),
  )
  const ratio = Math.max(...[fast, slow].map(({ ours, peer }) => ours / peer))
  const isMet = [fast, slow].every(
    ({ ours, peer, residentMb }) =>
      ours <= P99_LIMIT_MS && ours <= RATIO_LIMIT * peer && residentMb < RESIDENT_LIMIT_MB,
  )
  return { ratio, limit: RATIO_LIMIT, isMet }
}

interface Measured {
  readonly name: string
  readonly ours: number
  readonly peer: number
  readonly residentMb: number
}

async function measure(name: string, syncDelayMs: number): Promise<Measured> {
  const load = { hosts: HOSTS, vms: VMS, changesPerSecond: CHANGES_PER_SECOND, syncDelayMs }
  await using product = await SimulatedProduct.start(load)
  using streams = await openStreams(product.folders.apiSocket, STREAMS)
  const questions = await questionsOf(product)
  await using peer = await ConstantRows.start(product)
  using ours = new KeptConnection({ socketPath: product.folders.apiSocket })
  const samples: Record<string, number[]> = {}
  const peerSamples: number[] = []
  for (let round = -2; round < ROUNDS; round++) {
    for (const question of questions) {
      const oursMs = await timed(ours, `/v1/vms?limit=${PAGE}&${question}`)
      const peerMs = await timed(peer.connection, '/rows')
      // The first rounds are there to be warm.
      if (round < 0) continue
      samples[question] = [...(samples[question] ?? []), oursMs]
      peerSamples.push(peerMs)
    }
  }
  if (streams.open < STREAMS) throw new Error(`only ${streams.open} of ${STREAMS} readers were kept`)
  console.log(`${name}:`)
  printSeries({ ...samples, 'the same rows as a constant': peerSamples } satisfies Series, 'ms')
  const residentMb = await residentOf(product.managerPid)
  return { name, ours: percentile(Object.values(samples).flat(), 99), peer: percentile(peerSamples, 99), residentMb }
}

/** Every sort key both ways, and filters that leave few, many and hardly any. */
async function questionsOf({ client }: SimulatedProduct): Promise<string[]> {
  const [host] = await everyItem(client.hostList, {})
  const sorts = VM_SORTS.flatMap((key) => [`sort=${key}`, `sort=-${key}`])
  const cursor = (await client.vmList({ query: { limit: '1000', sort: 'name' } })).next ?? ''
  const filters = [
    'state=running',
    'state=crashed,paused&sort=memoryMib',
    `hostId=${host?.id ?? ''}`,
    `hostId=${host?.id ?? ''}&state=running&sort=-startedAt`,
    'search=web-0',
    'search=web-04242',
    `cursor=${cursor}`,
  ]
  return [...sorts, ...filters]
}

async function timed(connection: KeptConnection, path: string): Promise<number> {
  const begunMs = performance.now()
  const { status } = await connection.send({ method: 'GET', path, headers: {} })
  const tookMs = performance.now() - begunMs
  if (status !== 200) throw new Error(`${path} answered ${status}`)
  return tookMs
}

async function residentOf(pid: number): Promise<number> {
  const kib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1])
  return (kib * 1024) / 1e6
}

/** The peer, with the rows of one of our pages. */
class ConstantRows implements AsyncDisposable {
  readonly connection: KeptConnection
  readonly #end: () => Promise<void>

  private constructor(socketPath: string, end: () => Promise<void>) {
    this.connection = new KeptConnection({ socketPath })
    this.#end = end
  }

  static async start({ client, folders }: SimulatedProduct): Promise<ConstantRows> {
    const [socket, file] = [join(folders.run, 'peer.sock'), join(folders.run, 'rows.json')]
    await writeFile(file, JSON.stringify(await client.vmList({ query: { limit: String(PAGE) } })))
    const child = fork(join(import.meta.dirname, 'support', 'constant-rows.ts'), [socket, file], { execArgv: [] })
    await once(child, 'message')
    return new ConstantRows(socket, async () => {
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.connection[Symbol.dispose]()
    await this.#end()
  }
}
