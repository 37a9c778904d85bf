import type { Host, Image, Task, Vm } from '@viv/api'
import { useIsReachable } from '../api/known.ts'
import { Mark, type Tone } from '../ui/Mark.tsx'
import { moment } from '../util/quantities.ts'
import { useWords } from '../words/words.ts'

const VM_TONES: Readonly<Record<Vm['state'], Tone>> = {
  creating: 'busy',
  stopped: 'still',
  starting: 'busy',
  running: 'good',
  paused: 'busy',
  hibernating: 'busy',
  hibernated: 'still',
  unresponsive: 'bad',
  stopping: 'busy',
  crashed: 'bad',
  unreadable: 'bad',
  recycled: 'still',
  deleting: 'busy',
}

/** A VM's state; of a silent host the last that was known, and said to be so. */
export function VmStateMark({ vm, isShort = false }: { readonly vm: Vm; readonly isShort?: boolean }) {
  const { say, name, language } = useWords()
  const isKnown = useIsReachable(vm)
  const at = vm.statusAt === undefined || isShort ? undefined : moment(vm.statusAt, language)
  const state = name('state', vm.state)
  const { purgeAt } = vm
  return (
    <Mark tone={isKnown ? VM_TONES[vm.state] : 'still'}>
      {purgeAt === undefined ? state : say('vm.timeLeft', { name: state, hours: hoursUntil(purgeAt) })}
      {isKnown ? null : (
        <span className="muted">
          {' ('}
          {at === undefined ? say('vm.lastKnownNoTime') : say('vm.lastKnown', { at })})
        </span>
      )}
    </Mark>
  )
}

/** Whole hours, and one as long as there is anything left. */
const hoursUntil = (time: string): number => Math.max(0, Math.ceil((Date.parse(time) - Date.now()) / 3_600_000))

const TASK_TONES: Readonly<Record<Task['state'], Tone>> = {
  running: 'busy',
  waiting_for_host: 'busy',
  undoing: 'busy',
  succeeded: 'good',
  failed: 'bad',
  cancelled: 'still',
  parked: 'bad',
}

export function TaskStateMark({ task }: { readonly task: Task }) {
  const { name } = useWords()
  return <Mark tone={TASK_TONES[task.state]}>{name('taskState', task.state)}</Mark>
}

const IMAGE_TONES: Readonly<Record<Image['state'], Tone>> = {
  available: 'still',
  creating: 'busy',
  ready: 'good',
  deleting: 'busy',
}

export function ImageStateMark({ image }: { readonly image: Image }) {
  const { name } = useWords()
  return <Mark tone={IMAGE_TONES[image.state]}>{name('imageState', image.state)}</Mark>
}

export function HostStateMark({ host }: { readonly host: Host }) {
  const { say, language } = useWords()
  if (host.isReachable) return <Mark tone="good">{say('host.isReachable')}</Mark>
  const at = host.seenAt === undefined ? say('app.none') : moment(host.seenAt, language)
  return <Mark tone="bad">{say('host.isSilent', { at })}</Mark>
}
