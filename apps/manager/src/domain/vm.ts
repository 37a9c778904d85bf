import {
  allowedActions,
  allowedWhileBusy,
  type BrokenPart,
  type GuestSystem,
  type JsonObject,
  NO_AUTOSTART,
  type PauseReason,
  type SilenceReason,
  type VmAutostart,
  type VmCd,
  type VmCrashPolicy,
  type VmHardware,
  type VmState,
  type VmStatusState,
  type VmAction,
  VM_STATES,
  wholePolicy,
} from '@viv/common'
import type { Vm } from '@viv/api'
import { pendingPolicy } from './crash-policy.ts'
import { autostartFailure, type KnownTurn, pendingAutostart } from './autostart.ts'
import { type HeldBack, heldBack } from './held-back.ts'
import { changedFields } from './machine.ts'

/** What each disk is for its guest, by its volume, as the host said when it made it. */
export type DiskSizes = Readonly<Record<string, number>>

/** What the manager wants of a VM: its config. Written by the manager alone. */
export interface VmDoc {
  readonly name: string
  readonly notes: string
  readonly tags?: readonly string[]
  readonly hostId: string
  /** `ready` from the pivot of its creation on. */
  readonly lifecycle: 'creating' | 'ready' | 'recycled' | 'deleting'
  /** Set from the day on that it went into the recycle bin until it leaves it. */
  readonly recycled?: { readonly at: string; readonly until: string }
  readonly uidIndex: number
  readonly imageId?: string
  /** True where its disk is an overlay of the image, so that the image must stay. */
  readonly isLinked?: boolean
  readonly guestSystem?: GuestSystem
  readonly hardware: VmHardware
  /** Of each disk, by its volume. None of those that a version made which did not keep it. */
  readonly diskSizesMib?: DiskSizes
  /** Its CD drive as a task is making it. */
  readonly nextCd?: VmCd
  readonly autostart?: VmAutostart
  readonly crashPolicy?: VmCrashPolicy
  /** What the process that was started with that revision runs on, where the hardware was edited since. */
  readonly launched?: { readonly revision: number; readonly hardware: VmHardware }
  /** Other documents that exist for this VM alone (name, uid, MACs, ports): they go when it goes. */
  readonly keys: readonly DocumentKey[]
  readonly createdAt: string
}

export interface DocumentKey {
  readonly kind: string
  readonly id: string
}

/** The agent's word about a VM, as it was when it last changed. Written from the agent's stream alone. */
export interface VmStatusDoc {
  readonly agentEpoch: string
  readonly seq: number
  readonly state: VmStatusState
  readonly pauseReason?: PauseReason
  readonly silenceReason?: SilenceReason
  readonly heldBack?: HeldBack
  readonly appliedRevision: number
  readonly observedAt: string
  readonly startedAt?: string
  readonly resets?: number
  readonly exit?: { readonly cause: string; readonly code?: number; readonly at: string; readonly output?: string }
  readonly brokenParts?: readonly BrokenPart[]
  readonly accelerator?: 'kvm' | 'tcg'
  readonly pid?: number
  readonly autostart?: KnownTurn
  readonly crashPolicy?: VmCrashPolicy
  readonly recovery?: Vm['recovery']
}

/**
 * One state out of the manager's lifecycle, the task that holds the VM, and the agent's status. The agent says where
 * a VM is, the task where it is going (docs/decisions/0005).
 */
export function vmState(vm: VmDoc, status: VmStatusDoc | undefined, action: string | undefined): VmState {
  if (vm.lifecycle !== 'ready') return vm.lifecycle
  if (status?.state === 'unreadable') return status.state
  const state = status?.state ?? 'stopped'
  if (action === 'vmStart' && state !== 'running') return 'starting'
  if (action === 'vmHibernate' && state !== 'hibernated') return 'hibernating'
  if (action === 'vmStop' && state !== 'stopped') return 'stopping'
  return status?.autostart?.isWaiting === true ? 'starting' : state
}

type ActionsOf = Readonly<Record<VmState, VmAction[]>>
const each = (actionsOf: (state: VmState) => VmAction[]): ActionsOf =>
  Object.fromEntries(VM_STATES.map((state) => [state, actionsOf(state)])) as ActionsOf

// Shared by all in the same state: a hundred thousand VMs are shown from memory.
const WITH_PROCESS = each((state) => allowedActions(state))
const WITHOUT_PROCESS = each((state) => allowedActions(state, false))
const BUSY = each((state) => allowedWhileBusy(state, false))
const WAITING_FOR_GUEST = each((state) => allowedWhileBusy(state, true))

/** Of one in the recycle bin whose host cannot read it: that needs no host. */
const RESTORE: VmAction[] = ['restore']

function actionsOf({ task, status }: Pick<VmFacts, 'task' | 'status'>): ActionsOf {
  if (task !== undefined) return isWaitingForGuest(task) ? WAITING_FOR_GUEST : BUSY
  return status?.pid === undefined ? WITHOUT_PROCESS : WITH_PROCESS
}

/** Asked, and not answered by its guest yet: who wants to force it does not wait any more. */
export const isWaitingForGuest = ({ action, cancellable }: { action: string; cancellable: boolean }): boolean =>
  cancellable && ['vmStop', 'vmReboot', 'vmSuspend'].includes(action)

const NO_TAGS: readonly string[] = []

interface VmFacts {
  readonly id: string
  readonly vm: VmDoc
  readonly status: VmStatusDoc | undefined
  readonly revision: string
  readonly isHostReachable: boolean
  readonly task: { readonly id: string; readonly action: string; readonly cancellable: boolean } | undefined
}

/** A VM as the public API shows it. */
export function vmView({ id, vm, status, revision, isHostReachable, task }: VmFacts): Vm {
  const state = vmState(vm, status, task?.action)
  return withoutUndefined({
    id,
    name: vm.name,
    notes: vm.notes,
    tags: (vm.tags ?? NO_TAGS) as string[],
    hostId: vm.hostId,
    imageId: vm.imageId,
    state,
    // While a task takes the VM elsewhere, why it stood still is no longer what counts.
    pauseReason: state === 'paused' ? status?.pauseReason : undefined,
    silenceReason: state === 'unresponsive' ? status?.silenceReason : undefined,
    heldBack: heldBack(vm, status),
    guestSystem: vm.guestSystem,
    hardware: vm.hardware,
    diskSizesMib: vm.diskSizesMib,
    autostart: vm.autostart ?? NO_AUTOSTART,
    crashPolicy: wholePolicy(vm.crashPolicy),
    recovery: status?.recovery,
    startsInTurn: state === 'starting' ? status?.autostart?.isWaiting : undefined,
    autostartFailure: autostartFailure(status),
    pending: pendingChanges(vm, status),
    revision,
    createdAt: vm.createdAt,
    startedAt: status?.startedAt,
    exit: status?.exit,
    brokenParts: status?.brokenParts as BrokenPart[] | undefined,
    recycledAt: vm.recycled?.at,
    purgeAt: vm.recycled?.until,
    runsBy: status?.accelerator,
    resets: status?.resets,
    pid: status?.pid,
    hostReachable: isHostReachable,
    statusAt: status?.observedAt,
    allowedActions:
      state === 'recycled' && status?.heldBack !== undefined ? RESTORE : actionsOf({ task, status })[state],
    taskId: task?.id,
  })
}

/** undefined where what runs is what is wanted, and where nothing runs. */
function pendingChanges(vm: VmDoc, status: VmStatusDoc | undefined): Vm['pending'] {
  const all = [...pendingHardware(vm, status), ...pendingAutostart(vm, status), ...pendingPolicy(vm, status)]
  return all.length === 0 ? undefined : all
}

type Pending = NonNullable<Vm['pending']>

function pendingHardware({ launched, hardware }: VmDoc, status: VmStatusDoc | undefined): Pending {
  if (launched === undefined || status?.pid === undefined || status.appliedRevision !== launched.revision) return []
  const changed = changedFields(launched.hardware, hardware)
  return changed.map((path) => ({ path, running: launched.hardware[path] ?? null, wanted: hardware[path] ?? null }))
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** The same object without the fields that are undefined: JSON has no such thing. */
export function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Defined<T>
}

/** A document's type as JSON: interfaces have no index signature, so the compiler needs to be told. */
export const asJson = (value: object): JsonObject => value as JsonObject
