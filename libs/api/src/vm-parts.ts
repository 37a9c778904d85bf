import { NicModel, Uuid, VmNic } from '@viv/common'
import { type Static, Type } from 'typebox'
import { TaskQuery } from './plans.ts'
import { define } from './route.ts'
import { Task } from './tasks.ts'
import { VmDiskCreate, VmParams } from './vm-schemas.ts'
import { closed } from './words.ts'

/** A disk is named by its volume and a network card by its MAC: their slots go to others once they are free. */
const VmDiskParams = Type.Object({ vmId: Uuid, volumeId: Uuid }, closed)
const VmNicParams = Type.Object({ vmId: Uuid, mac: VmNic.properties.mac }, closed)

/** An empty disk; on the bus of the VM's first disk if not said. */
export const VmDiskAdd = Type.Object(VmDiskCreate.properties, { ...closed, $id: 'VmDiskAdd' })
export type VmDiskAdd = Static<typeof VmDiskAdd>

/** As the VM's first network card if not said. */
export const VmNicAdd = Type.Object({ model: Type.Optional(NicModel) }, { ...closed, $id: 'VmNicAdd' })
export type VmNicAdd = Static<typeof VmNicAdd>

/** Disks, network cards and the CD drive, that come to a VM and leave it. */
export const vmPartRoutes = {
  vmDiskAdd: define({
    operation: 'vmDiskAdd',
    method: 'POST',
    path: '/v1/vms/:vmId/disks',
    permission: 'vm.edit',
    target: 'vm',
    summary: 'Give a stopped VM an empty disk',
    params: VmParams,
    query: TaskQuery,
    body: VmDiskAdd,
    status: 202,
    reply: Task,
  }),
  vmDiskRemove: define({
    operation: 'vmDiskRemove',
    method: 'DELETE',
    path: '/v1/vms/:vmId/disks/:volumeId',
    permission: 'vm.edit',
    target: 'vm',
    summary: 'Take a disk from a stopped VM and delete it for good',
    params: VmDiskParams,
    query: TaskQuery,
    status: 202,
    reply: Task,
  }),
  vmNicAdd: define({
    operation: 'vmNicAdd',
    method: 'POST',
    path: '/v1/vms/:vmId/nics',
    permission: 'vm.edit',
    target: 'vm',
    summary: 'Give a stopped VM a network card',
    params: VmParams,
    query: TaskQuery,
    body: VmNicAdd,
    status: 202,
    reply: Task,
  }),
  vmNicRemove: define({
    operation: 'vmNicRemove',
    method: 'DELETE',
    path: '/v1/vms/:vmId/nics/:mac',
    permission: 'vm.edit',
    target: 'vm',
    summary: 'Take a network card, with the ports that lead to it, from a stopped VM',
    params: VmNicParams,
    query: TaskQuery,
    status: 202,
    reply: Task,
  }),
  vmCdAdd: define({
    operation: 'vmCdAdd',
    method: 'POST',
    path: '/v1/vms/:vmId/cd',
    permission: 'vm.edit',
    target: 'vm',
    summary: 'Give a stopped VM a CD drive, which is empty',
    params: VmParams,
    query: TaskQuery,
    status: 202,
    reply: Task,
  }),
  vmCdRemove: define({
    operation: 'vmCdRemove',
    method: 'DELETE',
    path: '/v1/vms/:vmId/cd',
    permission: 'vm.edit',
    target: 'vm',
    summary: 'Take the CD drive, with the disc in it, from a stopped VM',
    params: VmParams,
    query: TaskQuery,
    status: 202,
    reply: Task,
  }),
} as const
