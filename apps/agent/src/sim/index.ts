import { rm } from 'node:fs/promises'
import { buildServer } from '../http/server.ts'
import { SimulatedHost, type SimulatedHostOptions } from './simulated-host.ts'

export { SimulatedHost, type SimulatedHostOptions } from './simulated-host.ts'
export type { SimulatedWorld } from './simulated-world.ts'
export type { OpHandlers } from '../ops/op-registry.ts'

export interface SimulatedAgent extends AsyncDisposable {
  readonly host: SimulatedHost
}

/** A simulated host behind an agent's socket. */
export async function startSimulatedAgent(socketPath: string, options: SimulatedHostOptions): Promise<SimulatedAgent> {
  const host = await SimulatedHost.open(options)
  const app = buildServer(host, () => undefined)
  await rm(socketPath, { force: true })
  await app.listen({ path: socketPath })
  return {
    host,
    [Symbol.asyncDispose]: async () => {
      app.server.closeAllConnections()
      await app.close()
      await host[Symbol.asyncDispose]()
    },
  }
}
