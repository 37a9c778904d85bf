/**
 * A VM's states, and which action is allowed in which: the one table that services, agent, CLI, console and
 * docs read. FusionCompute's names beside ours are in docs/glossary.md.
 *
 *   creating ──▶ stopped ──start──▶ starting ──▶ running ──stop──▶ stopping ──▶ stopped ──delete──▶ deleting
 *                   ▲                  │            │  ▲               │
 *                   └───── failed ─────┘            │  └── refused ────┘
 *                                                   ├──▶ paused      (by a person, or by QEMU itself; with the reason)
 *                                                   ├──▶ unresponsive (the process is there, its monitor is not)
 *                                                   └──▶ crashed     (QEMU died, or the guest panicked)
 *
 *   running ──hibernate──▶ hibernating ──▶ hibernated ──start──▶ starting ──▶ running     ──discard──▶ stopped
 *
 *   stopped, crashed or hibernated ──delete──▶ recycled ──restore──▶ as before    ──purge, or its time is over──▶ deleting
 *
 * Beside all of these stands `unreadable`: the host's agent cannot read the VM's description, knows nothing of it, and touches nothing.
 *
 * `creating`, `recycled` and `deleting` are the manager's; every other state is the agent's, which is always right about it.
 */
export const VM_STATES = [
  'creating',
  'stopped',
  'starting',
  'running',
  'paused',
  'unresponsive',
  'stopping',
  'hibernating',
  'hibernated',
  'crashed',
  'unreadable',
  'recycled',
  'deleting',
] as const
export type VmState = (typeof VM_STATES)[number]

/** The states that an agent reports. */
export const VM_STATUS_STATES = [
  'stopped',
  'starting',
  'running',
  'paused',
  'unresponsive',
  'stopping',
  'hibernated',
  'crashed',
  'unreadable',
] as const
export type VmStatusState = (typeof VM_STATUS_STATES)[number]

/**
 * Why a machine is paused: a person did it, and only a person ends it; its datastore is full (it goes on by itself when
 * there is room), its disk failed, its guest sleeps, the processor could not go on (only a reset helps), or QEMU does
 * not say.
 */
export const PAUSE_REASONS = ['by_user', 'disk_full', 'io_error', 'guest_asleep', 'internal_error', 'unknown'] as const
export type PauseReason = (typeof PAUSE_REASONS)[number]

/**
 * Why nothing can be asked of a machine whose process is there: it does not answer, or an agent that was restarted
 * has no way to it, since its monitor's socket or its whole run folder was removed.
 */
export const SILENCE_REASONS = ['no_answer', 'monitor_gone', 'run_folder_gone'] as const
export type SilenceReason = (typeof SILENCE_REASONS)[number]

export const VM_ACTIONS = {
  // One that waits for its turn to start with its host may be started at once.
  start: ['stopped', 'starting', 'crashed', 'hibernated'],
  resume: ['paused'],
  // A guest that stands still hears no request: it is resumed first, or forced.
  stop: ['running'],
  forceStop: ['starting', 'running', 'paused', 'unresponsive', 'stopping', 'crashed'],
  pause: ['running'],
  reboot: ['running'],
  suspend: ['running'],
  hibernate: ['running'],
  discard: ['hibernated'],
  reset: ['running', 'paused', 'crashed'],
  console: ['starting', 'running', 'paused', 'unresponsive', 'stopping', 'hibernating', 'crashed'],
  edit: [
    'stopped',
    'starting',
    'running',
    'paused',
    'unresponsive',
    'stopping',
    'hibernating',
    'hibernated',
    'crashed',
  ],
  // What the guest holds in its memory would be of another disc.
  changeDisc: ['stopped', 'running', 'paused', 'crashed'],
  delete: ['stopped', 'crashed', 'hibernated'],
  clone: ['stopped'],
  addDisk: ['stopped'],
  removeDisk: ['stopped'],
  addNic: ['stopped'],
  removeNic: ['stopped'],
  addCd: ['stopped'],
  removeCd: ['stopped'],
  pack: ['stopped'],
  restore: ['recycled'],
  purge: ['stopped', 'hibernated', 'crashed', 'recycled'],
} as const satisfies Record<string, readonly VmState[]>
export type VmAction = keyof typeof VM_ACTIONS

/** What is done to a process. A crashed VM has one where its guest panicked, and none where QEMU died. */
const NEED_PROCESS: readonly VmAction[] = ['forceStop', 'reset', 'console']

/** `hasProcess` tells only crashed VMs apart. */
export function isAllowed(action: VmAction, state: VmState, hasProcess = true): boolean {
  const states: readonly VmState[] = VM_ACTIONS[action]
  if (state === 'crashed' && !hasProcess && NEED_PROCESS.includes(action)) return false
  return states.includes(state)
}

/** What is done to a VM that is stopped, and to no other. */
export const needsStopped = (action: string): boolean =>
  String((VM_ACTIONS as Readonly<Record<string, readonly VmState[]>>)[action]) === 'stopped'

export function allowedActions(state: VmState, hasProcess = true): VmAction[] {
  return (Object.keys(VM_ACTIONS) as VmAction[]).filter((action) => isAllowed(action, state, hasProcess))
}

/** What can be done while a task has the VM: looking at it, and forcing what only waits for its guest. */
export function allowedWhileBusy(state: VmState, isWaitingForGuest: boolean): VmAction[] {
  return allowedActions(state).filter((action) => action === 'console' || (action === 'forceStop' && isWaitingForGuest))
}
