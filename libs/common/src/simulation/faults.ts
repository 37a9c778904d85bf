import { type Static, Type } from 'typebox'

/**
 * What can be asked of a simulator, through its own socket. No path of the product leads there: to the manager a fault
 * that was asked for looks like any other.
 */
export const SIMULATOR_PATHS = {
  /** GET: how large the platform is, and every fault that was asked for. DELETE: all of them end. */
  faults: '/faults',
  delay: '/hosts/:host/delay',
  reachability: '/hosts/:host/reachability',
  failures: '/hosts/:host/failures',
  hostFaults: '/hosts/:host/faults',
  vmEnd: '/vms/:vm/end',
} as const

/** Longer than any deadline of the manager's. */
const MAX_DELAY_MS = 60_000
const closed = { additionalProperties: false } as const

/** PUT: every answer and every word of the stream comes so much later. */
export const HostDelay = Type.Object({ delayMs: Type.Integer({ minimum: 0, maximum: MAX_DELAY_MS }) }, closed)
export type HostDelay = Static<typeof HostDelay>

/** PUT: connections are cut, and new ones too, until it is reachable again. What the host does goes on. */
export const HostReachability = Type.Object({ isReachable: Type.Boolean() }, closed)
export type HostReachability = Static<typeof HostReachability>

/** POST: operations of a kind fail, the next `times` of them, each with this probability. */
export const HostFailures = Type.Object(
  {
    kind: Type.String({ maxLength: 64 }),
    times: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    probability: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1 })),
    /** Of the closed table, with its facts; `agent_refused` where none is given. */
    reason: Type.Optional(Type.String({ maxLength: 64 })),
    facts: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String({ maxLength: 1_000 }), Type.Number()]))),
  },
  closed,
)
export type HostFailures = Static<typeof HostFailures>

/** POST: a VM ends without being asked to. */
export const VmEnd = Type.Object(
  { how: Type.Union([Type.Literal('died'), Type.Literal('powered_off'), Type.Literal('panicked')]) },
  closed,
)
export type VmEnd = Static<typeof VmEnd>

export interface SimulatorView {
  readonly hosts: number
  readonly vms: number
  /** Only hosts that have one. */
  readonly faults: readonly HostFaultsView[]
}

export interface HostFaultsView {
  readonly host: string
  readonly delayMs: number
  readonly isReachable: boolean
  readonly failures: readonly HostFailures[]
}
