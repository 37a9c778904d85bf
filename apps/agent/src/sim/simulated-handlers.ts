import { refuse } from '@viv/common'
import type { VmConfig, VmStatus } from '../domain/contract.ts'
import type { OpHandlers } from '../ops/op-registry.ts'
import type { SimulatedWorld } from './simulated-world.ts'

const IMAGE_MIB = 256
const MIB = 1024 * 1024

/** Operations on the simulated world: each has the effect on it that the real one has on a host, and no other. */
export function simulatedHandlers(
  world: SimulatedWorld,
  say: (status: VmStatus) => void,
  gone: (vmId: string) => void,
): OpHandlers {
  return { ...vmHandlers(world, say, gone), ...volumeHandlers(world) }
}

const now = (): string => new Date().toISOString()

type VmOps = 'vmDefine' | 'vmUndefine' | 'vmStart' | 'vmStop' | 'vmReset'

/** Operations on simulated VMs. */
function vmHandlers(
  world: SimulatedWorld,
  say: (status: VmStatus) => void,
  gone: (vmId: string) => void,
): Pick<OpHandlers, VmOps> {
  const forget = (vmId: string) => {
    world.configs.delete(vmId)
    world.statuses.delete(vmId)
    gone(vmId)
  }
  const running = (config: VmConfig) => {
    const { vmId, revision } = config
    world.configs.set(vmId, config)
    say({
      vmId,
      state: 'running',
      appliedRevision: revision,
      observedAt: now(),
      startedAt: now(),
      accelerator: 'tcg',
      pid: 1,
    })
  }
  const stopped = (vmId: string) => stop(world, say, vmId)
  return {
    vmDefine: {
      run: async ({ config }) => {
        world.configs.set(config.vmId, config)
        say({ vmId: config.vmId, state: 'stopped', appliedRevision: 0, observedAt: now() })
        return {}
      },
      undo: async ({ config }) => forget(config.vmId),
    },
    vmUndefine: {
      run: async ({ vmId }) => {
        forget(vmId)
        return {}
      },
    },
    vmStart: {
      run: async ({ config }) => {
        if (!world.configs.has(config.vmId)) throw refuse('not_found', { kind: 'vm', id: config.vmId })
        running(config)
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
    vmReset: { run: () => Promise.resolve({}) },
  }
}

function stop({ statuses }: SimulatedWorld, say: (status: VmStatus) => void, vmId: string): void {
  const status = statuses.get(vmId)
  if (status === undefined || status.state === 'stopped') return
  const { pid: _pid, ...rest } = status
  say({ ...rest, state: 'stopped', observedAt: now(), exit: { cause: 'stopped', code: 0, at: now() } })
}

/** Operations on simulated volumes and images. */
function volumeHandlers({ volumes }: SimulatedWorld): Omit<OpHandlers, VmOps> {
  return {
    volumeCreate: {
      run: async ({ volumeId, sizeMib }) => {
        volumes.add(volumeId)
        return { sizeMib: sizeMib ?? IMAGE_MIB }
      },
      undo: async ({ volumeId }) => void volumes.delete(volumeId),
    },
    volumeDelete: {
      run: async ({ volumeId }) => {
        volumes.delete(volumeId)
        return {}
      },
    },
    imageBuild: {
      run: async ({ volumeId }) => {
        volumes.add(volumeId)
        return { sizeBytes: IMAGE_MIB * MIB, virtualSizeBytes: IMAGE_MIB * MIB, versions: {} }
      },
    },
    imageSeal: {
      run: async ({ sizeBytes }) => ({ sizeBytes, virtualSizeBytes: sizeBytes }),
      undo: async ({ volumeId }) => void volumes.delete(volumeId),
    },
  }
}
