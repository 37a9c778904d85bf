import { spawnSync } from 'node:child_process'
import { chmod, chown, mkdir, open, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AGENT_FEATURES, STREAM_SILENCE_MS } from '@viv/agent-api'
import type { Format } from '@viv/common'
import type { AgentConfig } from './config.ts'
import type { Backend } from './domain/backend.ts'
import type { AgentHello, OpRecord, VmConfig, VmStatus } from './domain/contract.ts'
import { readBootId } from './host/identity.ts'
import { openHost } from './host/open-host.ts'
import { buildServer } from './http/server.ts'
import { BuiltinImages } from './images/builtin-images.ts'
import type { Log } from './log.ts'
import { withDecisions } from './ops/decisions.ts'
import { opHandlers } from './ops/handlers.ts'
import { withHeldBack } from './ops/held-back.ts'
import { type OpHandlers, OpRegistry } from './ops/op-registry.ts'
import { Volumes } from './storage/volumes.ts'
import { BootFile } from './store/boot-record.ts'
import { OpJournal } from './store/op-journal.ts'
import { VmFolders } from './store/vm-folders.ts'
import { Publisher } from './ops/publisher.ts'
import { Autostart, type AutostartMoment } from './vm/autostart.ts'
import { endWithHost } from './vm/end-with-host.ts'
import type { VmHost } from './vm/vm-host.ts'
import { Vms } from './vm/vms.ts'

export interface AgentHooks {
  /** Tests wrap the operations to stop the process inside them. */
  readonly wrapHandlers?: (handlers: OpHandlers) => OpHandlers
  /** And between the VMs that start with the host. */
  readonly onAutostart?: (moment: AutostartMoment, vmId: string) => void
  /** Tests play a host that was started again. */
  readonly bootId?: string
  /** Tests play a version of the product that describes VMs otherwise. */
  readonly vmFormat?: Format<VmConfig>
}

/** Takes over what runs on this host, then listens on the agent's socket. */
export async function startAgent(config: AgentConfig, log: Log, hooks: AgentHooks = {}): Promise<AsyncDisposable> {
  const { folders } = config
  await using undo = new AsyncDisposableStack()
  await makeFolders(config)
  // Before anything is looked at or changed: a second agent of this installation ends here.
  undo.use(await holdLock(folders.agentData))
  const host = await openHost(config, log)
  const volumes = await Volumes.open({
    folder: folders.datastores,
    imagesGid: config.imagesGid,
    toolUid: config.toolUid,
    log,
  })
  let activeOps: () => readonly OpRecord[] = () => []
  const publisher = new Publisher(() => activeOps())
  const alive = setInterval(() => publisher.sayAlive(), STREAM_SILENCE_MS / 3)
  undo.defer(() => clearInterval(alive))
  const autostart = await newAutostart(config, publisher, log, hooks)
  const vmHost: VmHost = {
    ...host,
    volumes,
    imagesGid: config.imagesGid,
    uidBase: config.uidBase,
    runFolders: folders.vmRun,
    folders: new VmFolders(join(folders.agentData, 'vms'), hooks.vmFormat),
    onStatus: (status: VmStatus) => autostart.hear(status),
    log,
  }
  const vms = await Vms.open(vmHost, (vmId) => {
    autostart.gone(vmId)
    publisher.vmGone(vmId)
  })
  undo.defer(() => vms.detach())
  await autostart.open(vms)
  const { journal, entries } = await OpJournal.open(join(folders.agentData, 'ops.journal'))
  undo.use(journal)
  const doers = opHandlers(vms, volumes, new BuiltinImages(folders.cache, volumes), autostart)
  const handlers = guarded(doers, vms, autostart)
  const ops = new OpRegistry(journal, entries, hooks.wrapHandlers?.(handlers) ?? handlers, {
    publish: (record) => publisher.opChanged(record),
    progress: (opId, progress, note) => publisher.progress(opId, progress, note),
    log,
  })
  undo.defer(() => ops.close())
  activeOps = () => ops.active()
  const hello = async (): Promise<AgentHello> => ({
    contract: 1,
    features: AGENT_FEATURES,
    agentVersion: config.version,
    agentEpoch: publisher.agentEpoch,
    hostId: host.hostId,
    facts: { ...host.facts, datastore: await volumes.facts(), formats: vms.formats() },
  })
  await listen(config, backendOf(hello, ops, publisher, vms, volumes), log, undo)
  // While the manager, wherever it is, can still be told.
  undo.defer(() => endWithHost(() => vms.all(), log))
  autostart.begin()
  undo.defer(() => autostart.close())
  return undo.move()
}

/** What no kind of operation does by itself: see each of them. */
function guarded(doers: OpHandlers, vms: Vms, autostart: Autostart): OpHandlers {
  const decisive = withDecisions(doers, (vmId) => autostart.takeOut(vmId))
  return withHeldBack(decisive, (vmId) => vms.requireReadable(vmId))
}

async function newAutostart(
  config: AgentConfig,
  publisher: Publisher,
  log: Log,
  hooks: AgentHooks,
): Promise<Autostart> {
  return new Autostart({
    file: new BootFile(join(config.folders.agentData, 'boot.json')),
    bootId: hooks.bootId ?? (await readBootId()),
    tell: (status) => publisher.vmChanged(status),
    log,
    ...(hooks.onAutostart === undefined ? {} : { onMoment: hooks.onAutostart }),
  })
}

function backendOf(
  hello: () => Promise<AgentHello>,
  ops: OpRegistry,
  publisher: Publisher,
  vms: Vms,
  volumes: Volumes,
): Backend {
  return {
    hello,
    opPut: (opId, put) => ops.put(opId, put),
    opUndo: (opId, undo) => ops.undo(opId, undo),
    opGet: (opId) => ops.get(opId),
    subscribe: (send) => publisher.subscribe(send),
    serial: (vmId) => vms.find(vmId)?.serial(),
    screen: async (vmId) => vms.find(vmId)?.screen(),
    volumeRoom: (volumeId) => volumes.room(volumeId),
    volumeSend: async (volumeId) => {
      vms.requireStill(volumeId)
      return volumes.send(volumeId)
    },
    firmwareSend: (vmId, memory) => vms.get(vmId).sendFirmware(memory),
    volumeReceive: (volumeId, sizeBytes, content) => volumes.receive(volumeId, sizeBytes, content),
  }
}

/** Root's alone, but for the two that others pass through. */
async function makeFolders({ folders }: AgentConfig): Promise<void> {
  for (const path of [folders.data, folders.run, folders.vmRun, folders.datastores])
    await mkdir(path, { recursive: true, mode: 0o711 })
  for (const path of [folders.agentData, folders.cache]) await mkdir(path, { recursive: true, mode: 0o700 })
}

/** A lock on a file in a folder that only root can open: it is gone with the process, however that ends. */
async function holdLock(agentData: string): Promise<AsyncDisposable> {
  const file = await open(join(agentData, 'lock'), 'a', 0o600)
  const { status } = spawnSync('flock', ['--exclusive', '--nonblock', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', file.fd],
  })
  if (status !== 0) {
    await file.close()
    throw new Error(`another agent works in ${agentData} already`)
  }
  return { [Symbol.asyncDispose]: () => file.close() }
}

/** Root and the manager's group may call; the folder keeps everybody else from seeing the socket before its mode is set. */
async function listen(config: AgentConfig, backend: Backend, log: Log, undo: AsyncDisposableStack): Promise<void> {
  const { agentSocket } = config.folders
  const app = undo.adopt(
    buildServer(() => backend, log),
    async (open) => {
      open.server.closeAllConnections()
      await open.close()
    },
  )
  await mkdir(dirname(agentSocket), { recursive: true, mode: 0o711 })
  await rm(agentSocket, { force: true })
  const mask = process.umask(0o177)
  try {
    await app.listen({ path: agentSocket })
  } finally {
    process.umask(mask)
  }
  await chown(agentSocket, 0, config.managerGid)
  await chmod(agentSocket, 0o660)
}
