import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type FleetSize, type Folders, foldersOf } from '@viv/common'
import { fleetSize } from './background/seed.ts'

export interface ManagerConfig {
  readonly folders: Folders
  /** Where the API listens for others than root on this machine; port 0 takes any that is free. */
  readonly host: string
  readonly port: number
  /** An agent's socket, or a folder of them. */
  readonly agentSocket: string
  /** A simulated platform, whose VMs are there from the start. */
  readonly simulate?: FleetSize
  readonly version: string
  /** The built web console; none is served where it is not said. */
  readonly consoleFolder?: string
}

/** In a release and in a checkout alike. */
export const CONSOLE_FOLDER = join(import.meta.dirname, '../../console/dist')

const DEFAULT_HOST = '127.0.0.1'
const DEFAULT_PORT = 8443

export function readConfig(args: readonly string[], version: string): ManagerConfig {
  const { values } = parseArgs({
    args: [...args],
    options: {
      root: { type: 'string' },
      host: { type: 'string' },
      port: { type: 'string' },
      agent: { type: 'string' },
      simulate: { type: 'string' },
      vms: { type: 'string' },
    },
  })
  const folders = foldersOf(values.root)
  const port = Number(values.port ?? DEFAULT_PORT)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port ${values.port} is not a port`)
  const simulate = fleetSize(values.simulate, values.vms)
  if (simulate !== undefined && values.root === undefined)
    throw new Error('a simulated platform needs a folder of its own: --root DIR')
  return Object.freeze({
    folders,
    host: values.host ?? DEFAULT_HOST,
    port,
    agentSocket: values.agent ?? (simulate === undefined ? folders.agentSocket : folders.agentSockets),
    ...(simulate && { simulate }),
    version,
    consoleFolder: CONSOLE_FOLDER,
  })
}
