/**
 * A VM's states, and which action is allowed in which: the one table that services, agent, CLI, console and
 * docs read. FusionCompute's names beside ours are in docs/glossary.md.
 *
 *   creating ──▶ stopped ──start──▶ starting ──▶ running ──stop──▶ stopping ──▶ stopped ──delete──▶ deleting
 *                   ▲                  │            │  ▲               │
 *                   └───── failed ─────┘            │  └── refused ────┘
 *                                                   ├──▶ paused      (by QEMU itself; resumes)
 *                                                   └──▶ crashed     (QEMU died, or the guest panicked)
 *
 * `creating` and `deleting` are the manager's; every other state is the agent's, which is always right about it.
 */
export const VM_STATES = [
  'creating',
  'stopped',
  'starting',
  'running',
  'paused',
  'stopping',
  'crashed',
  'deleting',
] as const
export type VmState = (typeof VM_STATES)[number]

/** The states that an agent reports. */
export const VM_STATUS_STATES = ['stopped', 'starting', 'running', 'paused', 'stopping', 'crashed'] as const
export type VmStatusState = (typeof VM_STATUS_STATES)[number]

export const VM_ACTIONS = {
  start: ['stopped', 'crashed'],
  stop: ['running', 'paused'],
  forceStop: ['starting', 'running', 'paused', 'stopping', 'crashed'],
  reset: ['running', 'paused', 'crashed'],
  console: ['starting', 'running', 'paused', 'stopping'],
  edit: ['stopped', 'starting', 'running', 'paused', 'stopping', 'crashed'],
  delete: ['stopped', 'crashed'],
} as const satisfies Record<string, readonly VmState[]>
export type VmAction = keyof typeof VM_ACTIONS

export function isAllowed(action: VmAction, state: VmState): boolean {
  const states: readonly VmState[] = VM_ACTIONS[action]
  return states.includes(state)
}

export function allowedActions(state: VmState): VmAction[] {
  return (Object.keys(VM_ACTIONS) as VmAction[]).filter((action) => isAllowed(action, state))
}
