import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { causeChain, HOST_FORMATS, type Versions } from '@viv/common'
import { HostAgents } from './agents/host-agents.ts'
import { SqliteArchive } from './archive/sqlite/sqlite-archive.ts'
import { Archiver } from './background/archiver.ts'
import { HostFormats, type HostFormatsOptions } from './background/host-formats.ts'
import { HostSync } from './background/host-sync.ts'
import { RecycleBin } from './background/recycle-bin.ts'
import { Rewriter } from './background/rewriter.ts'
import { Retention } from './background/retention.ts'
import { seedFleet } from './background/seed.ts'
import type { ManagerConfig } from './config.ts'
import type { Log } from './log.ts'
import { newId } from './services/ids.ts'
import type { ServiceParts } from './services/parts.ts'
import { Requests } from './services/requests.ts'
import { buildServices, listen } from './serving.ts'
import { StoreCache } from './store/cache.ts'
import { DOCUMENT_KINDS, type DocumentFormats, openDocuments } from './store/documents.ts'
import { SqliteStore } from './store/sqlite/sqlite-store.ts'
import { WrittenFormats } from './store/written-formats.ts'
import { Engine, type EngineOptions } from './workflows/engine.ts'
import { HostConfigs } from './workflows/host-configs.ts'
import { imageBuild } from './workflows/image-build.ts'
import { imageDelete } from './workflows/image-delete.ts'
import { HandIns } from './workflows/hand-ins.ts'
import { HandOuts } from './workflows/hand-outs.ts'
import { imageUpload, Uploads } from './workflows/image-upload.ts'
import { vmChangeDisc } from './workflows/vm-change-disc.ts'
import { vmClone } from './workflows/vm-clone.ts'
import { vmCreate } from './workflows/vm-create.ts'
import { vmDelete } from './workflows/vm-delete.ts'
import { vmDiscard } from './workflows/vm-discard.ts'
import { vmHibernate } from './workflows/vm-hibernate.ts'
import { vmDiskAdd } from './workflows/vm-disk-add.ts'
import { vmDiskRemove } from './workflows/vm-disk-remove.ts'
import { vmCdAdd } from './workflows/vm-cd-add.ts'
import { vmCdRemove } from './workflows/vm-cd-remove.ts'
import { vmNicAdd } from './workflows/vm-nic-add.ts'
import { vmNicRemove } from './workflows/vm-nic-remove.ts'
import { vmAdopt } from './workflows/vm-adopt.ts'
import { vmPack } from './workflows/vm-pack.ts'
import { vmPause } from './workflows/vm-pause.ts'
import { vmPurge } from './workflows/vm-purge.ts'
import { vmReboot } from './workflows/vm-reboot.ts'
import { vmReset } from './workflows/vm-reset.ts'
import { vmRestore } from './workflows/vm-restore.ts'
import { vmResume } from './workflows/vm-resume.ts'
import { vmSuspend } from './workflows/vm-suspend.ts'
import { vmWake } from './workflows/vm-wake.ts'
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
  /** A word for whoever waits for a long start. */
  readonly onNote?: (text: string) => void
  readonly onBoundary?: NonNullable<EngineOptions['onBoundary']>
  readonly onRewritten?: () => void
  /** Tests play a version of the product that writes something otherwise. */
  readonly formats?: DocumentFormats
  readonly hostFormats?: Versions
}

const WORKFLOWS = [
  vmCreate,
  vmClone,
  vmStart,
  vmStop,
  vmPause,
  vmResume,
  vmReboot,
  vmReset,
  vmSuspend,
  vmChangeDisc,
  vmHibernate,
  vmWake,
  vmDiscard,
  vmDelete,
  vmRestore,
  vmPurge,
  vmDiskAdd,
  vmDiskRemove,
  vmNicAdd,
  vmNicRemove,
  vmCdAdd,
  vmCdRemove,
  imageBuild,
  imageDelete,
]

/** Builds everything, goes on with what was under way, and listens. */
export async function startManager(config: ManagerConfig, log: Log, hooks: ManagerHooks = {}): Promise<Manager> {
  const { folders } = config
  await mkdir(folders.managerData, { recursive: true, mode: 0o700 })
  await using undo = new AsyncDisposableStack()
  const { store, documents, cache, formats } = await openStore(config, hooks, undo)
  const problem = (what: string) => (error: unknown) => log(what, { error: causeChain(error) })
  await seedFleet({ store, documents, size: config.simulate, onProgress: seedNotes(hooks.onNote) })
  const sync = new HostSync(store, documents, newId)
  const agents = new HostAgents(config.agentSocket, sync, problem('the agent is lost'))
  undo.defer(() => agents.close())
  const uploads = new Uploads(agents)
  const handOuts = new HandOuts(agents)
  const handIns = new HandIns(agents)
  const logTask = (taskId: string, what: string, error: unknown) => log(what, { taskId, error: causeChain(error) })
  const workflows = [...WORKFLOWS, imageUpload(uploads), vmPack(handOuts), vmAdopt(handIns)] as Workflow[]
  const engine = new Engine({ store, documents, agents, newId, workflows, log: logTask, ...boundaryOf(hooks) })
  undo.defer(() => engine.close())
  const retention = undo.adopt(new Retention(store, documents, problem('pruning failed')), (open) => open.close())
  await retention.prune()
  const requests = new Requests(documents, engine)
  const { hostConfigs, hostFormats } = tellHosts({ store, documents, formats, agents, newId }, problem, undo)
  const parts: ServiceParts = { store, documents, engine, agents, requests, hostConfigs }
  const archive = undo.adopt(new SqliteArchive(join(folders.managerData, 'archive.db')), (open) => open.close())
  const archiver = new Archiver(store, documents, archive, problem('the archive takes nothing'))
  undo.defer(() => archiver.close())
  const services = buildServices(parts, { archive, archiver, uploads, handOuts, handIns, formats })
  engine.onActivity((taskId) => services.events.tellProgress(taskId))
  sync.onReach((hostId) => {
    services.vms.hostChanged(hostId)
    services.hosts.hostChanged(hostId)
    hostConfigs.reached(hostId)
    hostFormats.reached(hostId)
    services.events.tellUnstored('host', hostId)
  })
  const { sessions } = services
  const firstPassword = await sessions.ensureAdministrator()
  engine.resume()
  const onKept = problem('documents could not be rewritten')
  undo.adopt(new Rewriter({ store, documents, onProblem: onKept, ...hooks }), (open) => open.close())
  undo.adopt(new RecycleBin(parts, services.vms, problem('the recycle bin is not emptied')), (open) => open.close())
  const { url, fingerprint } = await listen(config, log, services, undo)
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

/** What hosts are told without a task: it lies in the store, and what they know of it they say. */
function tellHosts(
  parts: Omit<HostFormatsOptions, 'onProblem' | 'agents'> & { readonly agents: HostAgents },
  problem: (what: string) => (error: unknown) => void,
  undo: AsyncDisposableStack,
) {
  const hostConfigs = new HostConfigs({ ...parts, onProblem: problem('a host could not be told of a VM') })
  undo.defer(() => hostConfigs.close())
  const hostFormats = new HostFormats({ ...parts, onProblem: problem('a host could not be told how to write') })
  undo.defer(() => hostFormats.close())
  return { hostConfigs, hostFormats }
}

const boundaryOf = ({ onBoundary }: ManagerHooks) => (onBoundary === undefined ? {} : { onBoundary })

async function openStore({ folders, version }: ManagerConfig, hooks: ManagerHooks, undo: AsyncDisposableStack) {
  const store = undo.adopt(await SqliteStore.open(join(folders.managerData, 'store.db')), (open) => open.close())
  const cache = undo.adopt(await StoreCache.open(store, DOCUMENT_KINDS), (open) => open.close())
  const documents = openDocuments(cache, hooks.formats)
  const formats = new WrittenFormats({ store, documents, version, hostFormats: hooks.hostFormats ?? HOST_FORMATS })
  await formats.open()
  return { store, cache, documents, formats }
}

/** One for each tenth. */
function seedNotes(onNote: (text: string) => void = () => undefined) {
  let told = 0
  return (vms: number, of: number) => {
    const tenths = Math.floor((vms * 10) / of)
    if (tenths > told) onNote(`${vms} of ${of} simulated VMs are written`)
    told = tenths
  }
}
