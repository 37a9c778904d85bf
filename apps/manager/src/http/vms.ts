import type { VmService } from '../services/vms.ts'
import { type Answers, type Handlers, sizeOf } from './handler.ts'

type VmOperations =
  | 'vmList'
  | 'vmGet'
  | 'vmCreate'
  | 'vmUpdate'
  | 'vmRevert'
  | 'vmDelete'
  | 'vmClone'
  | 'vmPack'
  | 'vmPackage'
  | 'vmPart'
  | 'vmAdopt'
  | 'vmPartSend'
  | 'vmDiskAdd'
  | 'vmDiskRemove'
  | 'vmNicAdd'
  | 'vmNicRemove'
  | 'vmCdAdd'
  | 'vmCdRemove'
  | 'vmRestore'
  | 'vmPurge'
  | 'vmStart'
  | 'vmStop'
  | 'vmPause'
  | 'vmResume'
  | 'vmReboot'
  | 'vmSuspend'
  | 'vmHibernate'
  | 'vmDiscard'
  | 'vmReset'
  | 'vmChangeDisc'

export const vmHandlers = (vms: VmService, { done, task }: Answers): Pick<Handlers, VmOperations> => ({
  vmList: ({ caller, query }) => vms.list(caller, query),
  vmGet: ({ caller, params }) => vms.get(caller, params.vmId),
  vmUpdate: ({ change, params, query, ifMatch, body }) =>
    done(query, () => vms.update(change, params.vmId, ifMatch, body)),
  vmRevert: ({ change, params, query, ifMatch, body }) =>
    done(query, () => vms.revert(change, params.vmId, ifMatch, body)),
  vmCreate: (input) => task(input, () => vms.create(input.change, input.body)),
  vmDelete: (input) => task(input, () => vms.delete(input.change, input.params.vmId, input.query)),
  vmClone: (input) => task(input, () => vms.clone(input.change, input.params.vmId, input.body)),
  vmPack: (input) => task(input, () => vms.pack(input.change, input.params.vmId)),
  vmAdopt: (input) => task(input, () => vms.adopt(input.change, input.body)),
  vmPartSend: async ({ caller, params, stream, contentLength }) => {
    await vms.receivePart(caller, params.vmId, params.part, sizeOf(contentLength, 0), stream)
    return undefined
  },
  vmPackage: ({ caller, params }) => vms.package(caller, params.vmId),
  vmPart: async ({ caller, params, answerBytes }) => answerBytes(await vms.part(caller, params.vmId, params.part)),
  vmDiskAdd: (input) => task(input, () => vms.addDisk(input.change, input.params.vmId, input.body)),
  vmDiskRemove: (input) => task(input, () => vms.removeDisk(input.change, input.params.vmId, input.params.volumeId)),
  vmNicAdd: (input) => task(input, () => vms.addNic(input.change, input.params.vmId, input.body)),
  vmNicRemove: (input) => task(input, () => vms.removeNic(input.change, input.params.vmId, input.params.mac)),
  vmCdAdd: (input) => task(input, () => vms.addCd(input.change, input.params.vmId)),
  vmCdRemove: (input) => task(input, () => vms.removeCd(input.change, input.params.vmId)),
  vmRestore: (input) => task(input, () => vms.restore(input.change, input.params.vmId)),
  vmPurge: (input) => task(input, () => vms.purge(input.change, input.params.vmId)),
  vmStart: (input) => task(input, () => vms.start(input.change, input.params.vmId)),
  vmStop: (input) => task(input, () => vms.stop(input.change, input.params.vmId, input.body)),
  vmPause: (input) => task(input, () => vms.pause(input.change, input.params.vmId)),
  vmResume: (input) => task(input, () => vms.resume(input.change, input.params.vmId)),
  vmReboot: (input) => task(input, () => vms.reboot(input.change, input.params.vmId, input.body)),
  vmSuspend: (input) => task(input, () => vms.suspend(input.change, input.params.vmId, input.body)),
  vmHibernate: (input) => task(input, () => vms.hibernate(input.change, input.params.vmId)),
  vmDiscard: (input) => task(input, () => vms.discard(input.change, input.params.vmId)),
  vmReset: (input) => task(input, () => vms.reset(input.change, input.params.vmId)),
  vmChangeDisc: (input) => task(input, () => vms.changeDisc(input.change, input.params.vmId, input.body)),
})
