import { type AppError, type KindFormat, refuse, type VmCd } from '@viv/common'
import type { VmConfig, VmStatus } from '../domain/contract.ts'
import type { OpHandlers } from '../ops/op-registry.ts'
import type { SimulatedWorld, WorldChange } from './simulated-world.ts'

export const IMAGE_MIB = 256
const MIB = 1024 * 1024
/** Shown where a real VM has its process. */
const PID = 1

/** Makes one change, keeps it and tells it. */
export type Change = (change: WorldChange) => void

/** Operations on the simulated world: each has the effect on it that the real one has on a host, and no other. */
export function simulatedHandlers(
  world: SimulatedWorld,
  change: Change,
  formats: () => readonly KindFormat[],
): OpHandlers {
  const formatsWrite: OpHandlers['formatsWrite'] = {
    run: async ({ versions }) => {
      for (const [kind, version] of Object.entries(versions)) world.versions.set(kind, version)
      return { formats: formats() }
    },
  }
  return { ...vmHandlers(world, change), ...volumeHandlers(change), formatsWrite }
}

const now = (): string => new Date().toISOString()

type HibernateOps = 'vmHibernate' | 'vmWake' | 'vmDiscard'
type VmOps =
  | 'vmDefine'
  | 'vmConfigure'
  | 'vmUndefine'
  | 'vmStart'
  | 'vmStop'
  | 'vmPause'
  | 'vmResume'
  | 'vmReboot'
  | 'vmSuspend'
  | 'vmReset'
  | 'vmChangeDisc'
  | HibernateOps

/** Operations on simulated VMs. */
function vmHandlers(world: SimulatedWorld, change: Change): Pick<OpHandlers, VmOps> {
  const say = (status: VmStatus) => change({ status: withTurn(world.configs.get(status.vmId), status) })
  const stopped = (vmId: string) => stop(world, say, vmId)
  return {
    vmDefine: {
      run: async ({ config }) => {
        change({ config })
        say({ vmId: config.vmId, state: 'stopped', appliedRevision: 0, observedAt: now() })
        return {}
      },
      undo: async ({ config }) => change({ gone: config.vmId }),
    },
    vmConfigure: {
      run: async ({ config, whileStopped }) => {
        const status = world.statuses.get(config.vmId)
        if (status === undefined) throw refuse('not_found', { kind: 'vm', id: config.vmId })
        if (whileStopped === true && hasOlder(status, config)) throw runsStill(status, config)
        if (config.revision > (world.configs.get(config.vmId)?.revision ?? -1)) change({ config })
        say({ ...status, observedAt: now() })
        return {}
      },
    },
    vmUndefine: {
      run: async ({ vmId }) => {
        change({ gone: vmId })
        return {}
      },
    },
    vmStart: {
      run: async ({ config }) => {
        if (!world.statuses.has(config.vmId)) throw refuse('not_found', { kind: 'vm', id: config.vmId })
        change({ config })
        say(runningStatus(config))
        return {}
      },
      undo: async ({ config }) => stopped(config.vmId),
    },
    vmStop: {
      run: ({ vmId, mode }) => {
        stopped(vmId)
        return Promise.resolve({ by: mode === 'force' ? 'force' : 'guest-agent' })
      },
    },
    vmReset: { run: ({ vmId }) => done(world, say, vmId, resetStatus) },
    ...pauseHandlers(world, say),
    ...hibernateHandlers(world, say),
    ...discHandlers(world, change),
  }
}

const hasOlder = ({ pid, state, appliedRevision }: VmStatus, { revision }: VmConfig): boolean =>
  state === 'hibernated' || (pid !== undefined && appliedRevision < revision)

const runsStill = ({ state }: VmStatus, { name }: VmConfig): AppError =>
  refuse('vm_state', { name, state, action: 'change its devices', allowed: 'stop' })

type Say = (status: VmStatus) => void

/** No simulated host starts its VMs; what it would start, and when, it says as a real one does. */
function withTurn(
  config: VmConfig | undefined,
  { autostart: _before, crashPolicy: _policy, ...status }: VmStatus,
): VmStatus {
  const policy = config?.crashPolicy === undefined ? {} : { crashPolicy: config.crashPolicy }
  if (config?.autostart === undefined) return { ...status, ...policy }
  return { ...status, ...policy, autostart: { ...config.autostart, revision: config.revision } }
}

function pauseHandlers(
  world: SimulatedWorld,
  say: Say,
): Pick<OpHandlers, 'vmPause' | 'vmResume' | 'vmReboot' | 'vmSuspend'> {
  return {
    vmPause: {
      run: ({ vmId }) => done(world, say, vmId, pausedStatus),
      undo: async ({ vmId }) => {
        if (world.statuses.get(vmId)?.pauseReason === 'by_user') await done(world, say, vmId, resumedStatus)
      },
    },
    vmResume: { run: ({ vmId }) => done(world, say, vmId, resumedStatus) },
    vmSuspend: { run: ({ vmId }) => done(world, say, vmId, asleepStatus) },
    vmReboot: { run: ({ vmId }) => done(world, say, vmId, resetStatus) },
  }
}

function discHandlers(world: SimulatedWorld, change: Change): Pick<OpHandlers, 'vmChangeDisc'> {
  const set = (vmId: string, cd: VmCd | undefined) => {
    const config = world.configs.get(vmId)
    if (config === undefined) throw refuse('not_found', { kind: 'vm', id: vmId })
    const { cd: _before, ...hardware } = config.hardware
    change({ config: { ...config, hardware: { ...hardware, ...(cd === undefined ? {} : { cd }) } } })
  }
  return {
    vmChangeDisc: {
      run: async ({ vmId, cd }) => {
        set(vmId, cd)
        return {}
      },
      undo: async ({ vmId, before }) => {
        if (world.configs.has(vmId)) set(vmId, before)
      },
    },
  }
}

function hibernateHandlers(world: SimulatedWorld, say: Say): Pick<OpHandlers, HibernateOps> {
  const isHibernated = (vmId: string) => world.statuses.get(vmId)?.state === 'hibernated'
  return {
    vmHibernate: { run: ({ vmId }) => done(world, say, vmId, hibernatedStatus) },
    vmWake: {
      run: async ({ config }) => {
        if (isHibernated(config.vmId)) say(runningStatus(config))
        return {}
      },
    },
    vmDiscard: {
      run: async ({ vmId }) => {
        if (isHibernated(vmId)) stop(world, say, vmId)
        return {}
      },
    },
  }
}

function hibernatedStatus({ vmId, appliedRevision, startedAt }: VmStatus): VmStatus {
  return { vmId, state: 'hibernated', appliedRevision, observedAt: now(), ...(startedAt && { startedAt }) }
}

/** What is done to a process that is there. */
function done(world: SimulatedWorld, say: Say, vmId: string, after: (status: VmStatus) => VmStatus) {
  const status = world.statuses.get(vmId)
  if (status?.pid !== undefined) say(after(status))
  return Promise.resolve({})
}

const pausedStatus = (status: VmStatus): VmStatus => ({
  ...status,
  state: 'paused',
  pauseReason: 'by_user',
  observedAt: now(),
})

const asleepStatus = (status: VmStatus): VmStatus => ({ ...pausedStatus(status), pauseReason: 'guest_asleep' })

const resumedStatus = ({ pauseReason: _reason, ...status }: VmStatus): VmStatus => ({
  ...status,
  state: 'running',
  observedAt: now(),
})

export function runningStatus({ vmId, revision }: Pick<VmConfig, 'vmId' | 'revision'>): VmStatus {
  const at = now()
  return {
    vmId,
    state: 'running',
    appliedRevision: revision,
    observedAt: at,
    startedAt: at,
    accelerator: 'tcg',
    pid: PID,
  }
}

/** Also one that stood still runs again. */
export function resetStatus({ exit: _exit, pauseReason: _reason, ...status }: VmStatus): VmStatus {
  return { ...status, state: 'running', observedAt: now(), resets: (status.resets ?? 0) + 1 }
}

/** Where a VM is after its process, or its guest, has ended without being asked. */
export function endedStatus(status: VmStatus, cause: 'powered_off' | 'died' | 'panicked'): VmStatus {
  const observedAt = now()
  // A guest that panicked stands still; its process is there.
  if (cause === 'panicked') return { ...status, state: 'crashed', observedAt, exit: { cause, at: observedAt } }
  const { pid: _pid, accelerator: _accelerator, pauseReason: _reason, ...rest } = status
  const exit = { cause, code: cause === 'died' ? 1 : 0, at: observedAt }
  return { ...rest, state: cause === 'died' ? 'crashed' : 'stopped', observedAt, exit }
}

function stop({ statuses }: SimulatedWorld, say: (status: VmStatus) => void, vmId: string): void {
  const status = statuses.get(vmId)
  if (status === undefined) return
  if (status.state === 'stopped') return status.autostart?.isWaiting ? say(status) : undefined
  const { pid: _pid, accelerator: _accelerator, pauseReason: _reason, ...rest } = status
  say({ ...rest, state: 'stopped', observedAt: now(), exit: { cause: 'stopped', code: 0, at: now() } })
}

/** Operations on simulated volumes and images. */
function volumeHandlers(change: Change): Omit<OpHandlers, VmOps | 'formatsWrite'> {
  const add = (volume: string) => change({ volume, isThere: true })
  const remove = (volume: string) => change({ volume, isThere: false })
  return {
    volumeCreate: {
      run: async ({ volumeId, sizeMib }) => {
        add(volumeId)
        return { sizeMib: sizeMib ?? IMAGE_MIB }
      },
      undo: async ({ volumeId }) => remove(volumeId),
    },
    volumeCopy: {
      run: async ({ volumeId }) => {
        add(volumeId)
        return { sizeMib: IMAGE_MIB }
      },
      undo: async ({ volumeId }) => remove(volumeId),
    },
    volumeDelete: {
      run: async ({ volumeId }) => {
        remove(volumeId)
        return {}
      },
    },
    volumesAdopt: {
      run: async ({ disks, read }) => {
        for (const { volumeId } of disks) add(volumeId)
        for (const volumeId of read) remove(volumeId)
        return { sizesMib: Object.fromEntries(disks.map((disk) => [disk.volumeId, IMAGE_MIB])) }
      },
      undo: async ({ disks, read }) => {
        for (const volumeId of [...disks.map((disk) => disk.volumeId), ...read]) remove(volumeId)
      },
    },
    imageBuild: {
      run: async ({ volumeId }) => {
        add(volumeId)
        return { sizeBytes: IMAGE_MIB * MIB, virtualSizeBytes: IMAGE_MIB * MIB, versions: {} }
      },
    },
    imageSeal: {
      run: async ({ sizeBytes }) => ({ sizeBytes, virtualSizeBytes: sizeBytes }),
      undo: async ({ volumeId }) => remove(volumeId),
    },
  }
}
