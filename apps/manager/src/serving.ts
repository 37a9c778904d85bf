import { mkdir } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { openApi } from '@viv/api'
import type { Archive } from './archive/archive.ts'
import type { Archiver } from './background/archiver.ts'
import { ensureCertificate } from './certificate.ts'
import type { ManagerConfig } from './config.ts'
import { addConsole, openConsole } from './http/console.ts'
import { addConsoles } from './http/consoles.ts'
import { addEvents } from './http/events.ts'
import { answersOf, type Handlers } from './http/handler.ts'
import { historyHandlers } from './http/history.ts'
import { hostHandlers } from './http/hosts.ts'
import { imageHandlers } from './http/images.ts'
import { LocalSockets } from './http/local-socket.ts'
import { buildServer, type ServerOptions } from './http/server.ts'
import { sessionHandlers } from './http/sessions.ts'
import { taskHandlers } from './http/tasks.ts'
import { ticketHandlers } from './http/tickets.ts'
import { upgradeHandlers } from './http/upgrades.ts'
import { vmHandlers } from './http/vms.ts'
import type { Log } from './log.ts'
import { EventService } from './services/events.ts'
import { HistoryService } from './services/history.ts'
import { findHostView, HostService } from './services/hosts.ts'
import { findImageView } from './services/image-list.ts'
import { ImageService } from './services/images.ts'
import type { ServiceParts } from './services/parts.ts'
import { Changes } from './services/planned.ts'
import { SessionService } from './services/sessions.ts'
import { TaskService } from './services/tasks.ts'
import { TicketService } from './services/tickets.ts'
import { UpgradeService } from './services/upgrades.ts'
import { findVmView } from './services/vm-facts.ts'
import { VmService } from './services/vms.ts'
import type { WrittenFormats } from './store/written-formats.ts'
import type { HandIns } from './workflows/hand-ins.ts'
import type { HandOuts } from './workflows/hand-outs.ts'
import type { Uploads } from './workflows/image-upload.ts'

export interface Services {
  readonly sessions: SessionService
  readonly vms: VmService
  readonly images: ImageService
  readonly tasks: TaskService
  readonly hosts: HostService
  readonly history: HistoryService
  readonly tickets: TicketService
  readonly upgrades: UpgradeService
  readonly events: EventService
  readonly changes: Changes
}

interface Behind {
  readonly archive: Archive
  readonly archiver: Archiver
  readonly uploads: Uploads
  readonly handOuts: HandOuts
  readonly handIns: HandIns
  readonly formats: WrittenFormats
}

/** Every service, each once: their lists are kept in memory. The stream of changes comes last, so that what it tells is in the lists. */
export function buildServices(parts: ServiceParts, behind: Behind): Services {
  const { archive, archiver, uploads, handOuts, handIns, formats } = behind
  const { store, documents, engine } = parts
  const history = new HistoryService(parts, archive, () => archiver.settled())
  return {
    sessions: new SessionService(store, documents),
    vms: new VmService(parts, history, handOuts, handIns),
    images: new ImageService(parts, uploads),
    tasks: new TaskService(parts),
    hosts: new HostService(parts),
    history,
    tickets: new TicketService(parts),
    upgrades: new UpgradeService(parts.documents, formats),
    changes: new Changes(documents.vms.cache),
    events: new EventService(parts, {
      vm: (id) => findVmView(parts, id),
      image: (id) => findImageView(parts, id),
      task: (id) => engine.view(id),
      host: (id) => findHostView(parts, id),
    }),
  }
}

/** Listens for everybody at the configured address, and for root on the local socket. */
export async function listen(
  config: ManagerConfig,
  log: Log,
  services: Services,
  undo: AsyncDisposableStack,
): Promise<{ url: string; fingerprint: string }> {
  const certificate = await ensureCertificate(join(config.folders.managerData, 'tls'))
  const localSockets = new LocalSockets()
  const { sessions, events } = services
  const handlers = handlersOf(config, services)
  const options: ServerOptions = { tls: certificate, sessions, localSockets, log, handlers }
  const app = undo.adopt(buildServer(options), (open) => open.close())
  addConsoles(app, services, options)
  addEvents(app, events, options)
  addConsole(app, await openConsole(config.consoleFolder))
  await app.listen({ host: config.host, port: config.port })
  await mkdir(dirname(config.folders.apiSocket), { recursive: true, mode: 0o755 })
  undo.adopt(await localSockets.listen(app, config.folders.apiSocket), closeServer)
  const { port } = app.server.address() as AddressInfo
  return {
    url: `https://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`,
    fingerprint: certificate.fingerprint,
  }
}

function handlersOf({ version }: ManagerConfig, services: Services): Handlers {
  const { sessions, vms, images, tasks, hosts, history, tickets, upgrades, changes } = services
  const answers = answersOf(changes, tasks)
  const description = openApi(version)
  return {
    ...sessionHandlers(sessions, answers),
    ...vmHandlers(vms, answers),
    ...imageHandlers(images, answers),
    ...taskHandlers(tasks, answers),
    ...hostHandlers(hosts),
    ...historyHandlers(history),
    ...ticketHandlers(tickets),
    ...upgradeHandlers(upgrades, answers),
    openapiGet: () => description,
  }
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
