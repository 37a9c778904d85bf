import { createReadStream, createWriteStream } from 'node:fs'
import { chmod, copyFile, open, readdir, rm } from 'node:fs/promises'
import { createServer, connect } from 'node:net'
import { dirname, join } from 'node:path'
import { once } from 'node:events'
import { pipeline } from 'node:stream/promises'
import { SOCKETS } from '../apps/agent/src/qemu/argv.ts'
import { RunFolder } from '../apps/agent/src/qemu/run-folder.ts'
import { awaitMemory, sendMemory, whenLoaded, whenSent } from '../apps/agent/src/vm/transfer.ts'
import { agentAnswers } from './support/guest.ts'
import { LaunchPeer, type PeerMachine } from './support/launch-peer.ts'
import { Product } from './support/product.ts'
import { median, type Outcome, printSeries } from './support/samples.ts'

const ROUNDS = 15
const LIMIT = 1.2
const MIB = 1024 ** 2
const TIMEOUT_MS = 60_000

/**
 * A booted guest is hibernated and woken through the API, against the same words to QEMU by hand: the same memory out of
 * one process into a file that is synced, and out of that file into another. The peer's guest never runs: it would write
 * to the disk that the product's is saved with.
 */
export async function hibernate(): Promise<Outcome> {
  await using product = await Product.start()
  const vmId = await product.vmRunning('sleeper')
  await agentAnswers(new RunFolder(product.folders.vmRun, vmId))
  const { client, folders } = product
  const [datastore = ''] = (await readdir(folders.datastores)).filter((name) => !name.endsWith('.json'))
  const saved = join(folders.datastores, datastore, 'memory', vmId, 'content')
  const call = { params: { vmId }, query: { wait: '30' } } as const
  await using peer = await LaunchPeer.of(product, vmId)
  const series = { 'API save': [], 'by hand save': [], 'API wake': [], 'by hand wake': [] } as Record<string, number[]>
  for (let round = 0; round < ROUNDS; round++) {
    series['API save']?.push(await timed(async () => product.succeeded(await client.vmHibernate(call))))
    const copy = join(dirname(peer.folder.path), 'memory')
    await copyFile(saved, copy)
    const { wakeMs, saveMs } = await byHand(peer, copy)
    series['by hand wake']?.push(wakeMs)
    series['by hand save']?.push(saveMs)
    series['API wake']?.push(await timed(async () => product.succeeded(await client.vmStart(call))))
  }
  printSeries(series, 'ms')
  const both = (who: string) => median(series[`${who} save`] ?? []) + median(series[`${who} wake`] ?? [])
  const ratio = both('API') / both('by hand')
  return { ratio, limit: LIMIT, isMet: ratio <= LIMIT }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begunMs = performance.now()
  await work()
  return performance.now() - begunMs
}

async function byHand(peer: LaunchPeer, copy: string): Promise<{ wakeMs: number; saveMs: number }> {
  let machine: PeerMachine | undefined
  try {
    const wakeMs = await timed(async () => {
      machine = await peer.launch((words) => [...words, '-incoming', 'defer'])
      await load(machine, copy)
    })
    const saveMs = await timed(() => save(machine as PeerMachine, `${copy}.saved`))
    return { wakeMs, saveMs }
  } finally {
    await machine?.[Symbol.asyncDispose]()
    await rm(`${copy}.saved`, { force: true })
  }
}

async function load({ session, folder }: PeerMachine, file: string): Promise<void> {
  await awaitMemory(session)
  const socket = connect(folder.at(SOCKETS.memory))
  await once(socket, 'connect')
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  // It closes its end as soon as it has all: no error of ours.
  createReadStream(file, { highWaterMark: MIB }).pipe(socket)
  await whenLoaded(session, signal)
  socket.destroy()
}

async function save(machine: PeerMachine, file: string): Promise<void> {
  const { session, folder } = machine
  const path = folder.at(SOCKETS.memory)
  await rm(path, { force: true })
  const server = createServer().listen(path)
  await once(server, 'listening')
  await chmod(path, 0o777)
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const received = once(server, 'connection').then(([socket]) =>
    pipeline(socket, createWriteStream(file, { highWaterMark: MIB })),
  )
  await Promise.all([received, sendMemory(session).then(() => whenSent(session, signal))])
  server.close()
  await using written = await open(file, 'r')
  await written.sync()
  await machine.quit()
}
