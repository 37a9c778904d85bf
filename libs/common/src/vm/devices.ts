import { type Static, Type } from 'typebox'

/**
 * How the screen's pointer moves in the guest. `tablet`: to where it is on the screen; `mouse`: by as much as it is
 * moved, so that the guest's pointer and the viewer's drift apart. Guests without USB drivers know the mouse alone.
 */
export const Pointer = Type.Union([Type.Literal('tablet'), Type.Literal('mouse')], {
  description: "tablet: the guest's pointer is where the viewer's is; mouse: for guests without USB",
})
export type Pointer = Static<typeof Pointer>

/** A part of a machine in a few words: `2 × 4 × 1`. The names inside are left out. */
export function machineText(value: unknown): string {
  if (value === undefined || value === null) return '–'
  if (Array.isArray(value)) return value.map(machineText).join(', ')
  return typeof value === 'object' ? Object.values(value).map(machineText).join(' × ') : String(value)
}
