import type { VmInput } from './vm-start.ts'
import { agentStep, type Workflow } from './workflow.ts'

/**
 * Saves a VM's memory and devices to its datastore, and ends its process.
 *
 *   save   agent   QMP stop, migrate into a file, fsync, record, quit
 *
 * The pivot: until the record is on disk a failure lets the guest go on, after it the VM is hibernated. An agent that is
 * restarted in between finds one or the other, and makes it so before the step is repeated.
 */
export const vmHibernate: Workflow<VmInput> = {
  name: 'vm-hibernate',
  version: 1,
  steps: ({ vmId }) => [
    agentStep({
      name: 'save',
      title: 'Saving the memory',
      kind: 'pivot',
      op: 'vmHibernate',
      input: ({ documents }) => ({ vmId, name: documents.vms.get(vmId).value.name }),
    }),
  ],
}
