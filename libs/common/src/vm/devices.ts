import { type Static, Type } from 'typebox'

/**
 * How the screen's pointer moves in the guest. `tablet`: to where it is on the screen; `mouse`: by as much as it is
 * moved, so that the guest's pointer and the viewer's drift apart. Guests without USB drivers know the mouse alone.
 */
export const Pointer = Type.Union([Type.Literal('tablet'), Type.Literal('mouse')], {
  description: "tablet: the guest's pointer is where the viewer's is; mouse: for guests without USB",
})
export type Pointer = Static<typeof Pointer>

/** How a disk is attached. Paravirtual: virtio and scsi; as hardware: sata on q35, ide on pc. */
export const DiskBus = Type.Union([
  Type.Literal('virtio'),
  Type.Literal('scsi'),
  Type.Literal('sata'),
  Type.Literal('ide'),
])
export type DiskBus = Static<typeof DiskBus>

/** Places on the buses that are not of one disk each. */
export const BUS_UNITS = { scsi: 8, sata: 6, ide: 4 } as const

/** A machine of today, or one of 1996 for guests that know no other. */
export const MachineKind = Type.Union([Type.Literal('q35'), Type.Literal('pc')])
export type MachineKind = Static<typeof MachineKind>

/** The same version of the other kind: QEMU has both of each. */
export const machineTypeOf = (q35: string, kind: MachineKind): string =>
  kind === 'pc' ? q35.replace('q35', 'i440fx') : q35

/** FusionCompute's HW_X_NET is `virtio`, its HW_V_NET `virtio-multiqueue`. */
export const NicModel = Type.Union([Type.Literal('virtio'), Type.Literal('virtio-multiqueue'), Type.Literal('e1000e')])
export type NicModel = Static<typeof NicModel>

/** What the firmware tries, in this order; what is not named is not tried. */
export const BootOrder = Type.Array(Type.Union([Type.Literal('disk'), Type.Literal('cd'), Type.Literal('network')]), {
  minItems: 1,
  maxItems: 3,
  uniqueItems: true,
})
export type BootOrder = Static<typeof BootOrder>

/** What the screen hangs on. `std`: every guest knows it; `virtio`: larger and quicker where the guest has the driver. */
export const Display = Type.Union([Type.Literal('std'), Type.Literal('virtio'), Type.Literal('none')])
export type Display = Static<typeof Display>

/**
 * What the guest's clock follows. `host`: after it stood still, or slept, its agent sets it to the host's; `free`: nobody
 * does, and its hardware clock stands still with it.
 */
export const Clock = Type.Union([Type.Literal('host'), Type.Literal('free')], {
  description: "host: set to the host's time, by the guest's agent, when the guest goes on; free: left alone",
})
export type Clock = Static<typeof Clock>

/** A part of a machine in a few words: `2 × 4 × 1`. The names inside are left out. */
export function machineText(value: unknown): string {
  if (value === undefined || value === null) return '–'
  if (Array.isArray(value)) return value.map(machineText).join(', ')
  return typeof value === 'object' ? Object.values(value).map(machineText).join(' × ') : String(value)
}
