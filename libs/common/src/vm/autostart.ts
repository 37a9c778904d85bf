import { type Static, Type } from 'typebox'

export const AUTOSTART_LIMITS = { order: 999, delaySeconds: 3600 } as const

/** Where a VM stands in the line of those that start with their host. */
export const VmTurn = Type.Object({
  order: Type.Integer({ minimum: 0, maximum: AUTOSTART_LIMITS.order, description: 'the lowest starts first' }),
  delaySeconds: Type.Integer({
    minimum: 0,
    maximum: AUTOSTART_LIMITS.delaySeconds,
    description: 'how long the next one waits after it was started',
  }),
})
export type VmTurn = Static<typeof VmTurn>

/** Whether a VM starts with its host, and when; its place is kept while it does not. */
export const VmAutostart = Type.Object(
  { enabled: Type.Boolean(), ...VmTurn.properties },
  { additionalProperties: false },
)
export type VmAutostart = Static<typeof VmAutostart>

/** In the middle, so that others can be put before and behind those whose place nobody cares for. */
export const NO_AUTOSTART: VmAutostart = Object.freeze({ enabled: false, order: 500, delaySeconds: 0 })
