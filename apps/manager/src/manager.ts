import { mkdir } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { openApi } from '@viv/api'
import { causeChain } from '@viv/common'
import { HostAgents } from './agents/host-agents.ts'
import { HostSync } from './background/host-sync.ts'
import { Retention } from './background/retention.ts'
import { ensureCertificate } from './certificate.ts'
import type { ManagerConfig } from './config.ts'
import type { Handlers } from './http/handler.ts'
import { hostHandlers } from './http/hosts.ts'
import { imageHandlers } from './http/images.ts'
import { LocalSockets } from './http/local-socket.ts'
import { addEvents } from './http/events.ts'
import { addSerial } from './http/serial.ts'
import { buildServer, type ServerOptions } from './http/server.ts'
import { sessionHandlers } from './http/sessions.ts'
import { taskHandlers } from './http/tasks.ts'
import { vmHandlers } from './http/vms.ts'
import type { Log } from './log.ts'
import { EventService, type EventViews } from './services/events.ts'
import { HostService } from './services/hosts.ts'
import { newId } from './services/ids.ts'
import { ImageService } from './services/images.ts'
import { Requests } from './services/requests.ts'
import { SessionService } from './services/sessions.ts'
import { TaskService } from './services/tasks.ts'
import type { ServiceParts } from './services/parts.ts'
import { VmService } from './services/vms.ts'
import { StoreCache } from './store/cache.ts'
import { DOCUMENT_KINDS, openDocuments } from './store/documents.ts'
import { SqliteStore } from './store/sqlite/sqlite-store.ts'
import { Engine, type EngineOptions } from './workflows/engine.ts'
import { imageBuild } from './workflows/image-build.ts'
import { imageDelete } from './workflows/image-delete.ts'
import { imageUpload, Uploads } from './workflows/image-upload.ts'
import { vmCreate } from './workflows/vm-create.ts'
import { vmDelete } from './workflows/vm-delete.ts'
import { vmReset } from './workflows/vm-reset.ts'
import { vmStart } from './workflows/vm-start.ts'
import { vmStop } from './workflows/vm-stop.ts'
import type { Workflow } from './workflows/workflow.ts'

export interface Manager extends AsyncDisposable {
  readonly url: string
  readonly fingerprint: string
  /** Set when this start made the first administrator: to be shown once, and never logged. */
  readonly firstPassword: string | undefined
  /** To be called once a person has seen it; until then every start makes a new one. */
  passwordTold(): Promise<void>
  readonly parts: ServiceParts
  /** Settles when the store can no longer be followed: what is served from then on would be stale. */
  readonly failed: Promise<unknown>
}

export interface ManagerHooks {
  readonly onBoundary?: NonNullable<EngineOptions['onBoundary']>
}

/** Builds everything, goes on with what was under way, and listens. */
export async function startManager(config: ManagerConfig, log: Log, hooks: ManagerHooks = {}): Promise<Manager> {
  const { folders } = config
  await mkdir(folders.managerData, { recursive: true, mode: 0o700 })
  await using undo = new AsyncDisposableStack()
  const store = undo.adopt(await SqliteStore.open(join(folders.managerData, 'store.db')), (open) => open.close())
  const cache = undo.adopt(await StoreCache.open(store, DOCUMENT_KINDS), (open) => open.close())
  const documents = openDocuments(cache)
  const problem = (what: string) => (error: unknown) => log(what, { error: causeChain(error) })
  const sync = new HostSync(store, documents, newId)
  const agents = new HostAgents(config.agentSocket, sync, problem('the agent is lost'))
  undo.defer(() => agents.close())
  const uploads = new Uploads(agents)
  const engine = new Engine({
    store,
    documents,
    agents,
    newId,
    workflows: [
      vmCreate,
      vmStart,
      vmStop,
      vmReset,
      vmDelete,
      imageBuild,
      imageUpload(uploads),
      imageDelete,
    ] as Workflow[],
    log: (taskId, what, error) => log(what, { taskId, error: causeChain(error) }),
    ...hooks,
  })
  undo.defer(() => engine.close())
  const retention = undo.adopt(new Retention(store, documents, problem('pruning failed')), (open) => open.close())
  await retention.prune()
  const requests = new Requests(documents, engine)
  const parts: ServiceParts = { store, documents, engine, agents, requests }
  const sessions = new SessionService(store, documents)
  const firstPassword = await sessions.ensureAdministrator()
  engine.resume()
  const { url, fingerprint } = await listen(config, log, parts, sessions, uploads, undo)
  const owned = undo.move()
  const failed = cache.finished.then(
    () => undefined,
    (error: unknown) => error,
  )
  const passwordTold = () => sessions.passwordTold()
  return {
    url,
    fingerprint,
    firstPassword,
    passwordTold,
    parts,
    failed,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function listen(
  config: ManagerConfig,
  log: Log,
  parts: ServiceParts,
  sessions: SessionService,
  uploads: Uploads,
  undo: AsyncDisposableStack,
): Promise<{ url: string; fingerprint: string }> {
  const certificate = await ensureCertificate(join(config.folders.managerData, 'tls'))
  const vms = new VmService(parts)
  const localSockets = new LocalSockets()
  const options: ServerOptions = {
    tls: certificate,
    sessions,
    localSockets,
    log,
    handlers: handlersOf(config, parts, sessions, vms, uploads),
  }
  const app = undo.adopt(buildServer(options), (open) => open.close())
  addSerial(app, vms, options)
  addEvents(app, new EventService(parts, eventViews(parts, vms, uploads)), options)
  await app.listen({ host: config.host, port: config.port })
  await mkdir(dirname(config.folders.apiSocket), { recursive: true, mode: 0o755 })
  undo.adopt(await localSockets.listen(app, config.folders.apiSocket), closeServer)
  const { port } = app.server.address() as AddressInfo
  return {
    url: `https://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`,
    fingerprint: certificate.fingerprint,
  }
}

function handlersOf(
  config: ManagerConfig,
  parts: ServiceParts,
  sessions: SessionService,
  vms: VmService,
  uploads: Uploads,
): Handlers {
  const tasks = new TaskService(parts)
  const description = openApi(config.version)
  return {
    ...sessionHandlers(sessions),
    ...vmHandlers(vms, tasks),
    ...imageHandlers(new ImageService(parts, uploads), tasks),
    ...taskHandlers(tasks),
    ...hostHandlers(new HostService(parts)),
    openapiGet: () => description,
  }
}

function eventViews(parts: ServiceParts, vms: VmService, uploads: Uploads): EventViews {
  const { documents, engine } = parts
  const images = new ImageService(parts, uploads)
  const hosts = new HostService(parts)
  return {
    vm: (caller, id) => (documents.vms.find(id) === undefined ? undefined : vms.get(caller, id)),
    image: (caller, id) => (documents.images.find(id) === undefined ? undefined : images.get(caller, id)),
    task: (_caller, id) => engine.view(id),
    host: (caller, id) => (documents.hosts.find(id) === undefined ? undefined : hosts.get(caller, id)),
  }
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}
