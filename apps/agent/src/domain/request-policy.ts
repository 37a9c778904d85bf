/**
 * Which requests a VM takes while it works on another: pure policy, no waiting and no I/O.
 *
 * One request runs, others wait in order. A forced stop waits for nobody: it ends whatever is under
 * way but a definition or a removal and sends home everything that waits. Once a VM is to be removed, nothing else is taken.
 */
export type RequestKind =
  | 'define'
  | 'start'
  | 'stop'
  | 'forceStop'
  | 'pause'
  | 'resume'
  | 'reboot'
  | 'suspend'
  | 'hibernate'
  | 'wake'
  | 'discard'
  | 'reset'
  | 'changeDisc'
  /** The answer to a crash. */
  | 'recover'
  | 'undefine'

export interface Queue {
  readonly running: RequestKind | undefined
  readonly waiting: readonly RequestKind[]
}

export type Verdict =
  | { readonly type: 'run' }
  | { readonly type: 'wait' }
  /** Runs as soon as what is running has been interrupted; what waits is sent home. */
  | { readonly type: 'interrupt' }
  | { readonly type: 'deny'; readonly reason: 'being_removed' | 'too_many_waiting' }

/** One manager asks for one thing at a time; more than a few is a fault of the caller. */
export const MAX_WAITING = 8

const INTERRUPTIBLE: readonly RequestKind[] = [
  'start',
  'stop',
  'pause',
  'resume',
  'reboot',
  'suspend',
  'hibernate',
  'wake',
  'reset',
  'changeDisc',
  'recover',
]

export function decide({ running, waiting }: Queue, asked: RequestKind): Verdict {
  if (running === 'undefine' || waiting.includes('undefine')) return { type: 'deny', reason: 'being_removed' }
  if (running === undefined) return { type: 'run' }
  if (asked === 'forceStop' && INTERRUPTIBLE.includes(running)) return { type: 'interrupt' }
  if (waiting.length >= MAX_WAITING) return { type: 'deny', reason: 'too_many_waiting' }
  return { type: 'wait' }
}
