import { HOLD_HOURS } from '@viv/common'
import { type Static, Type } from 'typebox'
import { Blocker, Facts } from './errors.ts'
import { closed, Wait } from './words.ts'

/** What every change takes: asked with `plan=true`, it is only told what would happen. */
const change = {
  plan: Type.Optional(Type.Literal('true', { description: 'change nothing: answer the plan' })),
  why: Type.Optional(
    Type.String({ minLength: 1, maxLength: 500, description: 'kept in the history of what is changed' }),
  ),
}
export const ChangeQuery = Type.Object(change, closed)
export type ChangeQuery = Static<typeof ChangeQuery>
/** Of a change that is a task. */
export const TaskQuery = Type.Object({ ...change, wait: Wait }, closed)

/** Of a deletion. */
export const DeleteQuery = Type.Object(
  {
    ...change,
    wait: Wait,
    purge: Type.Optional(Type.Literal('true', { description: 'delete at once: nothing can be restored' })),
    holdHours: Type.Optional(
      Type.String({
        pattern: '^([0-9]|[1-9][0-9]|1[0-5][0-9]|16[0-8])$',
        description: `hours in the recycle bin, 0–${HOLD_HOURS.most}, ${HOLD_HOURS.usual} if not said; 0 deletes at once`,
      }),
    ),
  },
  closed,
)
export type DeleteQuery = Static<typeof DeleteQuery>

export const Effect = Type.Object({
  effect: Type.String(),
  facts: Facts,
  message: Type.String(),
  when: Type.Union([Type.Literal('now'), Type.Literal('after_restart')]),
})

export const Warning = Type.Object({ warning: Type.String(), facts: Facts, message: Type.String() })

/** What a change would do, and every reason why it can't be done. */
export const Plan = Type.Object(
  {
    allowed: Type.Boolean(),
    effects: Type.Array(Effect),
    blockers: Type.Array(Blocker),
    warnings: Type.Array(Warning),
  },
  { $id: 'Plan' },
)
export type Plan = Static<typeof Plan>
