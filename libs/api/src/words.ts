import { Type } from 'typebox'

/** Bodies and queries are strict; replies are not: version N reads what N+1 says. */
export const closed = { additionalProperties: false } as const

/** DNS-label like, so that a VM's name can be its host name and needs no quoting in a shell. */
export const Name = Type.String({ minLength: 1, maxLength: 63, pattern: '^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$' })
export const Notes = Type.String({ maxLength: 4096 })
/** Short words that people sort their things by: `production`, `team-a`. */
export const Tags = Type.Array(Type.String({ minLength: 1, maxLength: 40, pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$' }), {
  maxItems: 20,
  uniqueItems: true,
})
export const Time = Type.String({ format: 'date-time' })

/** Query values arrive as text. */
const WAIT_SECONDS = '^([0-9]|[1-5][0-9]|60)$'
export const Wait = Type.Optional(
  Type.String({ pattern: WAIT_SECONDS, description: 'seconds to wait for the end, 0–60' }),
)
export const WaitQuery = Type.Object({ wait: Wait }, closed)
