import type {
  BrokenPart,
  CpuOffers,
  HostParts,
  KindFormat,
  PauseReason,
  SilenceReason,
  VmCrashPolicy,
  VmStatusState,
  VmTurn,
} from '@viv/common'
import type { OpError, OpRecord } from './ops.ts'

/** How a VM's last process ended. */
export interface VmExit {
  /** The guest powered itself off, panicked, or hung until its watchdog bit; it was stopped by us; QEMU ended without being asked. */
  readonly cause: 'powered_off' | 'stopped' | 'died' | 'panicked' | 'hung' | 'lost'
  /** QEMU's exit code; above 128 a signal's number plus 128. Absent where nobody saw it. */
  readonly code?: number
  readonly at: string
  /** QEMU's last lines, when it died. */
  readonly output?: string
}

/** Of a VM that starts with its host, as its agent has it: from its own folders, without a manager. */
export interface VmAutostartStatus extends VmTurn {
  /** Of the config that it would be started with. */
  readonly revision: number
  /** The host was started, and its turn is still to come. */
  readonly isWaiting?: true
  /** Why it was not started when it was its turn. */
  readonly failure?: OpError & { readonly at: string }
}

/** How often a crash was answered by a restart since somebody started it, and the last of them. */
export interface VmRecovery {
  readonly count: number
  readonly cause: VmExit['cause']
  readonly at: string
  /** It crashed too often: the last crash was left as it is. */
  readonly isGivenUp?: true
}

/** The agent owns this and is always right about it. */
export interface VmStatus {
  readonly vmId: string
  readonly state: VmStatusState
  /** With `paused` alone. */
  readonly pauseReason?: PauseReason
  /** With `unresponsive` alone. */
  readonly silenceReason?: SilenceReason
  /** With `unreadable` alone: why. */
  readonly heldBack?: OpError
  /** Revision of the config that runs (or ran last); 0 before the first start. */
  readonly appliedRevision: number
  readonly observedAt: string
  readonly startedAt?: string
  /** Counted since the process started, as far as the agent saw it. */
  readonly resets?: number
  readonly exit?: VmExit
  /** What of the machine that runs has ended: the guest sees it fail. */
  readonly brokenParts?: readonly BrokenPart[]
  readonly accelerator?: 'kvm' | 'tcg'
  readonly pid?: number
  readonly autostart?: VmAutostartStatus
  /** As its host has it; left out where a crash is left as it is. */
  readonly crashPolicy?: VmCrashPolicy
  readonly recovery?: VmRecovery
}

/** Where KVM stands on a host, with the evidence in words. */
export interface KvmVerdict {
  readonly isUsable: boolean
  readonly verdict: 'works' | 'absent' | 'not_permitted' | 'hangs' | 'fails'
  readonly problem: string
}

export interface HostFacts {
  readonly hostname: string
  readonly cpus: number
  readonly cpuModel: string
  readonly memoryMib: number
  readonly kernel: string
  readonly qemuVersion: string
  /** What `q35` means to this QEMU: new VMs are pinned to it. */
  readonly machineType: string
  readonly kvm: KvmVerdict
  /** Which processors its accelerators can give; absent from an older agent. */
  readonly cpuModels?: CpuOffers
  /** Which parts of machines are installed; absent from an older agent, which has none. */
  readonly parts?: HostParts
  /** How it writes its own documents; absent from an older agent, which knows one way. */
  readonly formats?: readonly KindFormat[]
  /** How VMs are confined: a cgroup of their own (v2 or v1), or none and why. */
  readonly cgroup: { readonly kind: 'v2' | 'v1' | 'none'; readonly note: string }
  readonly datastore: { readonly id: string; readonly totalBytes: number; readonly freeBytes: number }
}

/** What an agent says it can do, beyond the first version of the contract. */
export const AGENT_FEATURES = ['autostart', 'devices', 'clock', 'cd', 'pack', 'adopt', 'watchdog'] as const
export type AgentFeature = (typeof AGENT_FEATURES)[number]

/** Answer of `GET /hello`; the contract's version comes first, and a manager refuses one it does not know. */
export interface AgentHello {
  readonly contract: 1
  readonly features: readonly string[]
  readonly agentVersion: string
  readonly agentEpoch: string
  readonly hostId: string
  readonly facts: HostFacts
}

/**
 * `GET /stream`: one JSON object a line. First `list`, everything there is; then changes, `seq` rising by one.
 * After a gap, or a new `agentEpoch`, the reader connects again and gets a list again.
 */
export type StreamMessage =
  | {
      readonly type: 'list'
      readonly agentEpoch: string
      readonly seq: number
      readonly vms: readonly VmStatus[]
      readonly ops: readonly OpRecord[]
    }
  | { readonly type: 'vm'; readonly seq: number; readonly status: VmStatus }
  | { readonly type: 'gone'; readonly seq: number; readonly vmId: string }
  | { readonly type: 'op'; readonly seq: number; readonly op: OpRecord }
  /** Progress of an operation: may be dropped, so it carries no seq. */
  | { readonly type: 'progress'; readonly opId: string; readonly progress: number; readonly note: string }
  /** Sent while nothing happens, so that a reader notices a dead agent. */
  | { readonly type: 'alive'; readonly seq: number }

/** An agent is taken for silent after this long without a line; it says `alive` three times as often. */
export const STREAM_SILENCE_MS = 6000
