import type { VmCreate, VmUpdate } from '@viv/api'
import {
  BUS_UNITS,
  type DiskBus,
  type Fix,
  type MachineKind,
  refusal,
  type Refusal,
  type Warning,
  warning,
} from '@viv/common'
import { busesOf } from '../domain/hardware.ts'

/** What each kind of machine has in the place of the other's. */
const OWN_BUS = { q35: 'sata', pc: 'ide' } as const
const FOREIGN_BUS = { q35: 'ide', pc: 'sata' } as const

/** Why disks and network cards can't be as they are asked for. */
export function deviceRefusals(body: VmCreate, instead: (change: Partial<VmCreate>) => Fix): Refusal[] {
  const { imageId, disks = [], machine = 'q35' } = body
  const buses = busesOf(body, disks.length + (imageId === undefined ? 0 : 1))
  const [foreign, own] = [FOREIGN_BUS[machine], OWN_BUS[machine]]
  const missing = buses.includes(foreign)
    ? [refusal('bus_missing', { machine, bus: foreign, instead: own }, instead(onOtherBus(body, foreign, own)))]
    : []
  const driveBus = body.cd === undefined ? undefined : own
  const full = (['scsi', 'sata', 'ide'] as const)
    .map((bus) => ({
      bus,
      count: buses.filter((one) => one === bus).length,
      // The CD drive has one of them.
      most: BUS_UNITS[bus] - (bus === driveBus ? 1 : 0),
    }))
    .filter(({ count, most }) => count > most)
  const queues =
    body.nicModel === 'virtio-multiqueue' ? [refusal('queues_need_bridge', {}, instead({ nicModel: 'virtio' }))] : []
  return [...missing, ...full.map((facts) => refusal('bus_full', facts)), ...queues]
}

/** undefined where the machine has the bus. */
export function missingBus(machine: MachineKind, bus: DiskBus) {
  return bus === FOREIGN_BUS[machine] ? { machine, bus, instead: OWN_BUS[machine] } : undefined
}

function onOtherBus({ diskBus, disks }: VmCreate, from: DiskBus, to: DiskBus): Partial<VmCreate> {
  const moved = disks?.map((disk) => (disk.bus === from ? { ...disk, bus: to } : disk))
  return { ...(diskBus === from ? { diskBus: to } : {}), ...(moved === undefined ? {} : { disks: moved }) }
}

export const bootWarnings = ({ bootOrder }: VmUpdate): Warning[] =>
  bootOrder?.includes('network') === true ? [warning('network_boot', {})] : []
