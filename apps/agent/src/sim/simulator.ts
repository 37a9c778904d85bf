import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { STREAM_SILENCE_MS } from '@viv/agent-api'
import { fleetHost, type FleetSize, type Folders } from '@viv/common'
import { buildFaultControl } from '../http/fault-control.ts'
import { buildServer } from '../http/server.ts'
import { FaultOrders } from './fault-orders.ts'
import { fleetFacts, fleetWorld } from './fleet-world.ts'
import { HostSockets, type SocketAccess } from './host-sockets.ts'
import { RandomChanges } from './random-changes.ts'
import { randomFrom } from './random.ts'
import { SimulatedHost } from './simulated-host.ts'
import { WorldFile } from './world-file.ts'

export interface SimulatorOptions extends SocketAccess {
  readonly folders: Folders
  readonly size: FleetSize
  readonly changesPerSecond: number
  /** Of everything that is drawn: the same seed, the same row. */
  readonly seed: number
  readonly log: (message: string, facts?: object) => void
}

export interface Simulator extends AsyncDisposable {
  /** By name, in their order. */
  readonly hosts: ReadonlyMap<string, SimulatedHost>
}

/** A part of the hosts says `alive` at a time, so that a thousand do not in one moment. */
const ALIVE_PARTS = 20

/**
 * Plays the agents of many hosts in one process:
 *
 *   <run>/agents/sim-0001.sock ─┐                         ┌─ SimulatedHost ─ its VMs ─┐
 *   <run>/agents/sim-0002.sock ─┼─▶ one HTTP server ──────┼─ SimulatedHost            ├─▶ world file
 *   …                           ┘   (connection → host)   └─ …                        ┘
 *   <run>/simulator.sock ───────▶ faults that are asked for
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { folders, size, log, seed, changesPerSecond } = options
  if (existsSync(join(folders.agentData, 'host.json'))) {
    throw new Error(`${folders.agentData} is a real host's: a simulated platform needs a root of its own`)
  }
  await using undo = new AsyncDisposableStack()
  await makeFolders(options)
  const hosts = await openHosts(options, undo)
  const app = buildServer((request) => sockets.hostOf(request), log)
  const sockets = new HostSockets(app.server)
  app.addHook('onRequest', async (request) => {
    const { delayMs } = sockets.hostOf(request.raw).faults
    if (delayMs > 0) await delay(delayMs)
  })
  await app.ready()
  undo.defer(() => app.close())
  undo.use(sockets)
  for (const [name, host] of hosts) await sockets.listen(folders.agentSockets, name, host, options)
  undo.use(sayAlive([...hosts.values()]))
  undo.use(await listenForFaults(folders, new FaultOrders({ size, hosts, sockets }), log))
  if (changesPerSecond > 0 && size.vms > 0) {
    undo.use(new RandomChanges({ size, hosts: [...hosts.values()], perSecond: changesPerSecond, seed }))
  }
  const owned = undo.move()
  return { hosts, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

async function openHosts(
  { folders, size, seed }: SimulatorOptions,
  undo: AsyncDisposableStack,
): Promise<Map<string, SimulatedHost>> {
  const file = undo.use(new WorldFile(join(folders.simulatorData, 'world'), size))
  const hosts = new Map<string, SimulatedHost>()
  for (let index = 0; index < size.hosts; index++) {
    const { hostId, name } = fleetHost(index)
    const host = await SimulatedHost.open({
      hostId,
      hostname: name,
      facts: fleetFacts(index),
      journalFile: join(folders.simulatorData, 'ops', `${name}.journal`),
      random: randomFrom(seed + index + 1),
      onChange: (change) => file.append(index, change),
    })
    hosts.set(name, undo.use(host))
    host.begin(fleetWorld(size, index))
  }
  const byIndex = [...hosts.values()]
  for (const { hostIndex, change } of file.changes()) byIndex[hostIndex]?.begin([change])
  return hosts
}

/** As the real agent's: who may not call does not get into the folder. */
async function makeFolders({ folders, managerGid }: SimulatorOptions): Promise<void> {
  await mkdir(folders.run, { recursive: true, mode: 0o711 })
  await mkdir(folders.simulatorData, { recursive: true, mode: 0o700 })
  await mkdir(folders.agentSockets, { recursive: true, mode: 0o700 })
  if (managerGid !== undefined) {
    await chown(folders.agentSockets, 0, managerGid)
    await chmod(folders.agentSockets, 0o750)
  }
  // Of a simulator that was killed.
  for (const name of await readdir(folders.agentSockets)) await rm(join(folders.agentSockets, name))
}

/** One timer for all hosts. */
function sayAlive(hosts: readonly SimulatedHost[]): Disposable {
  let part = 0
  const beat = () => {
    for (let index = part; index < hosts.length; index += ALIVE_PARTS) hosts[index]?.sayAlive()
    part = (part + 1) % ALIVE_PARTS
  }
  const timer = setInterval(beat, STREAM_SILENCE_MS / 3 / ALIVE_PARTS)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

async function listenForFaults(
  { simulatorSocket }: Folders,
  orders: FaultOrders,
  log: SimulatorOptions['log'],
): Promise<AsyncDisposable> {
  const app = buildFaultControl(orders, log)
  await mkdir(dirname(simulatorSocket), { recursive: true, mode: 0o711 })
  await rm(simulatorSocket, { force: true })
  const mask = process.umask(0o177)
  try {
    await app.listen({ path: simulatorSocket })
  } finally {
    process.umask(mask)
  }
  return { [Symbol.asyncDispose]: () => app.close() }
}
