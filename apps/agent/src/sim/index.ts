import { rm } from 'node:fs/promises'
import { STREAM_SILENCE_MS } from '@viv/agent-api'
import { buildServer } from '../http/server.ts'
import { SimulatedHost, type SimulatedHostOptions } from './simulated-host.ts'

export { SimulatedHost, type SimulatedHostOptions } from './simulated-host.ts'
export { type Simulator, type SimulatorOptions, startSimulator } from './simulator.ts'
export type { SimulatedWorld } from './simulated-world.ts'
export type { OpHandlers } from '../ops/op-registry.ts'

export interface SimulatedAgent extends AsyncDisposable {
  readonly host: SimulatedHost
}

/** One simulated host behind an agent's socket, that begins with nothing and keeps nothing: for tests. */
export async function startSimulatedAgent(socketPath: string, options: SimulatedHostOptions): Promise<SimulatedAgent> {
  const host = await SimulatedHost.open(options)
  const app = buildServer(
    () => host,
    () => undefined,
  )
  const alive = setInterval(() => host.sayAlive(), STREAM_SILENCE_MS / 3)
  await rm(socketPath, { force: true })
  await app.listen({ path: socketPath })
  return {
    host,
    [Symbol.asyncDispose]: async () => {
      clearInterval(alive)
      app.server.closeAllConnections()
      await app.close()
      await host[Symbol.asyncDispose]()
    },
  }
}
