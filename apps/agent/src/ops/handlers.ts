import type { Volumes } from '../storage/volumes.ts'
import type { Autostart } from '../vm/autostart.ts'
import type { Vms } from '../vm/vms.ts'
import type { BuiltinImages } from '../images/builtin-images.ts'
import type { OpHandlers } from './op-registry.ts'

/** Each kind of operation, by the part that does it. */
export function opHandlers(vms: Vms, volumes: Volumes, images: BuiltinImages, autostart: Autostart): OpHandlers {
  return {
    vmDefine: {
      run: async ({ config, ...memories }, { signal }) => {
        await vms.define(config, signal, memories)
        return {}
      },
      undo: ({ config }, { signal }) => vms.undefine(config.vmId, signal),
    },
    vmConfigure: {
      run: async ({ config, whileStopped }, { signal }) => {
        const vm = vms.get(config.vmId)
        if (whileStopped === true) await vm.redefine(config, signal)
        // Late, it changes nothing: a start has brought a newer one.
        else if (config.revision > vm.config.revision) await vm.define(config, signal)
        await autostart.configured(config.vmId)
        return {}
      },
    },
    vmUndefine: {
      run: async ({ vmId }, { signal }) => {
        await vms.undefine(vmId, signal)
        return {}
      },
    },
    ...powerHandlers(vms),
    ...volumeHandlers(vms, volumes),
    formatsWrite: {
      run: async ({ versions }, { signal }) => {
        await vms.writeAs(versions, signal)
        return { formats: vms.formats() }
      },
    },
    imageBuild: { run: ({ volumeId, name }, context) => images.build(volumeId, name, context) },
  }
}

type VolumeOps = 'volumeCreate' | 'volumeCopy' | 'volumeDelete' | 'volumesAdopt' | 'imageSeal'

function volumeHandlers(vms: Vms, volumes: Volumes): Pick<OpHandlers, VolumeOps> {
  const ownerOf = (vmId: string) => {
    const { uid } = vms.get(vmId)
    return { uid, gid: uid }
  }
  return {
    volumeCreate: {
      run: (input, context) => volumes.create(input, ownerOf(input.vmId), context),
      undo: ({ volumeId }) => volumes.remove(volumeId),
    },
    volumeCopy: {
      run: (input, context) => volumes.copy(input, ownerOf(input.vmId), context),
      undo: ({ volumeId }) => volumes.remove(volumeId),
    },
    volumeDelete: {
      run: async ({ volumeId }) => {
        await volumes.remove(volumeId)
        return {}
      },
    },
    volumesAdopt: {
      run: async ({ vmId, name, disks, read }, context) => {
        const sizesMib: Record<string, number> = {}
        for (const disk of disks) {
          sizesMib[disk.volumeId] = (await volumes.adopt({ ...disk, name }, ownerOf(vmId), context)).sizeMib
        }
        for (const volumeId of read) await volumes.remove(volumeId)
        return { sizesMib }
      },
      undo: async ({ disks, read }) => {
        for (const { volumeId } of disks) await volumes.remove(volumeId)
        for (const volumeId of read) await volumes.remove(volumeId)
      },
    },
    imageSeal: {
      run: (input, context) => volumes.seal(input, context),
      undo: ({ volumeId }) => volumes.remove(volumeId),
    },
  }
}

type PowerOps =
  | 'vmStart'
  | 'vmStop'
  | 'vmPause'
  | 'vmResume'
  | 'vmReboot'
  | 'vmSuspend'
  | 'vmHibernate'
  | 'vmWake'
  | 'vmDiscard'
  | 'vmReset'
  | 'vmChangeDisc'

/** What is done to a machine, rather than to what is kept of it. */
function powerHandlers(vms: Vms): Pick<OpHandlers, PowerOps> {
  return {
    vmStart: {
      run: async ({ config }, { signal }) => {
        await vms.get(config.vmId).start(config, signal)
        return {}
      },
      undo: async ({ config }, { signal }) => {
        await vms.find(config.vmId)?.undoStart(signal)
      },
    },
    vmStop: {
      run: async ({ vmId, mode, timeoutSeconds }, { signal }) => {
        const vm = vms.get(vmId)
        return { by: mode === 'force' ? await vm.forceStop(signal) : await vm.stop(timeoutSeconds * 1000, signal) }
      },
    },
    vmPause: {
      run: async ({ vmId }, { signal }) => {
        await vms.get(vmId).pause(signal)
        return {}
      },
      undo: async ({ vmId }, { signal }) => {
        await vms.find(vmId)?.undoPause(signal)
      },
    },
    vmResume: {
      run: async ({ vmId }, { signal }) => {
        await vms.get(vmId).resume(signal)
        return {}
      },
    },
    vmReboot: {
      run: async ({ vmId, timeoutSeconds }, { signal }) => {
        await vms.get(vmId).reboot(timeoutSeconds * 1000, signal)
        return {}
      },
    },
    vmSuspend: {
      run: async ({ vmId, timeoutSeconds }, { signal }) => {
        await vms.get(vmId).suspend(timeoutSeconds * 1000, signal)
        return {}
      },
    },
    ...hibernateHandlers(vms),
    ...discHandlers(vms),
    vmReset: {
      run: async ({ vmId }, { signal }) => {
        await vms.get(vmId).reset(signal)
        return {}
      },
    },
  }
}

function discHandlers(vms: Vms): Pick<OpHandlers, 'vmChangeDisc'> {
  return {
    vmChangeDisc: {
      run: async ({ vmId, cd, force }, { signal }) => {
        await vms.get(vmId).changeDisc(cd, force, signal)
        return {}
      },
      // Nobody has come to rely on the new one yet.
      undo: async ({ vmId, before }, { signal }) => {
        await vms.find(vmId)?.changeDisc(before, true, signal)
      },
    },
  }
}

function hibernateHandlers(vms: Vms): Pick<OpHandlers, 'vmHibernate' | 'vmWake' | 'vmDiscard'> {
  return {
    vmHibernate: {
      run: async ({ vmId }, { signal }) => {
        await vms.get(vmId).hibernate(signal)
        return {}
      },
    },
    vmWake: {
      run: async ({ config }, { signal }) => {
        await vms.get(config.vmId).wake(config, signal)
        return {}
      },
    },
    vmDiscard: {
      run: async ({ vmId }, { signal }) => {
        await vms.get(vmId).discard(signal)
        return {}
      },
    },
  }
}
