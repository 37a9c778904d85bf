import { type Static, Type } from 'typebox'
import { ChangeQuery } from './plans.ts'
import { define } from './route.ts'
import { Time } from './words.ts'

/** How far the upgrade of this installation to the version that runs has come. */
export const Upgrade = Type.Object(
  {
    /** That the manager runs. */
    version: Type.String(),
    /**
     * unfinished: the version before can be started again. finishing: it can't be any more, and what is stored is being
     * rewritten. finished: nothing is left to do.
     */
    state: Type.Enum(['unfinished', 'finishing', 'finished']),
    /** What would be written otherwise once it is finished; `written` is the format of now. */
    formats: Type.Array(Type.Object({ kind: Type.String(), written: Type.Integer(), newest: Type.Integer() })),
    /** Documents that are still to be rewritten. */
    left: Type.Integer(),
    /** Hosts that are still to hear of it; a silent one does when it answers. */
    hosts: Type.Array(Type.String()),
    /** The last upgrade that was finished, or the installation: to which version, and when. */
    lastFinished: Type.Optional(Type.Object({ version: Type.String(), at: Time })),
  },
  { $id: 'Upgrade' },
)
export type Upgrade = Static<typeof Upgrade>

export const upgradeRoutes = {
  upgradeGet: define({
    operation: 'upgradeGet',
    method: 'GET',
    path: '/v1/upgrade',
    permission: 'host.view',
    target: 'none',
    summary: 'Whether the version before can still be started again',
    status: 200,
    reply: Upgrade,
  }),
  upgradeFinish: define({
    operation: 'upgradeFinish',
    method: 'POST',
    path: '/v1/upgrade/actions/finish',
    permission: 'upgrade.finish',
    target: 'none',
    summary: 'Write everything as this version does from now on: no older one can be started again',
    query: ChangeQuery,
    status: 200,
    reply: Upgrade,
  }),
} as const
