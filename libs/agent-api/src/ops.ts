import {
  IMAGES_GID_INDEX,
  type KindFormat,
  TOOL_UID_INDEX,
  UIDS_EACH,
  Uuid,
  VM_LIMITS,
  VmCd,
  VmCrashPolicy,
  VmHardware,
  VmTurn,
} from '@viv/common'
import { type Static, Type } from 'typebox'

/**
 * The changing calls to an agent, each `PUT /ops/{taskId}.{step}`.
 *
 * No input carries a host path, an argument fragment or an owner: only ids, which the agent resolves under its
 * own folders, and numbers that it checks. The agent records an operation durably before it acts, answers a
 * repeated PUT from the record, refuses a lower attempt, and obeys an undo for ever after.
 */
const Name = Type.String({ minLength: 1, maxLength: 64 })
const VmTarget = { vmId: Uuid, name: Name }

/** How a VM may be stopped: asked through its guest agent or else ACPI, or its process ended. */
export const StopMode = Type.Union([Type.Literal('safe'), Type.Literal('force')])
export type StopMode = Static<typeof StopMode>

export const ImageFormat = Type.Union([Type.Literal('qcow2'), Type.Literal('raw')])
export type ImageFormat = Static<typeof ImageFormat>

export const VmConfig = Type.Object({
  vmId: Uuid,
  name: Name,
  /** Index into the host's range of VM uids; the same on every host. */
  uidIndex: Type.Union([
    Type.Integer({ minimum: 0, maximum: IMAGES_GID_INDEX - 1 }),
    Type.Integer({ minimum: TOOL_UID_INDEX + 1, maximum: UIDS_EACH - 1 }),
  ]),
  /** The manager's revision of this config; status answers with the one that runs. */
  revision: Type.Integer({ minimum: 0 }),
  hardware: VmHardware,
  /** Its place among those that start with the host; left out where it does not. */
  autostart: Type.Optional(VmTurn),
  /** Left out where a crash is left as it is. */
  crashPolicy: Type.Optional(VmCrashPolicy),
})
export type VmConfig = Static<typeof VmConfig>

export const OP_INPUTS = {
  /**
   * What its UEFI and its TPM begin with, where not afresh: `copyOf`, a VM that stands; `received`, volumes that were
   * streamed in and are no disks.
   */
  vmDefine: Type.Object({
    config: VmConfig,
    copyOf: Type.Optional(Uuid),
    received: Type.Optional(Type.Object({ variables: Type.Optional(Uuid), tpm: Type.Optional(Uuid) })),
  }),
  /** Writes down what is wanted of a VM that is known here. What is older than what is known changes nothing. */
  vmConfigure: Type.Object({
    config: VmConfig,
    /** Refused where a process runs that is made of an older config: what it has must not be taken from it. */
    whileStopped: Type.Optional(Type.Literal(true)),
  }),
  vmUndefine: Type.Object(VmTarget),
  vmStart: Type.Object({ config: VmConfig }),
  vmStop: Type.Object({ ...VmTarget, mode: StopMode, timeoutSeconds: Type.Integer({ minimum: 1, maximum: 3600 }) }),
  vmPause: Type.Object(VmTarget),
  vmResume: Type.Object(VmTarget),
  /** Through the guest's agent alone: the power button reboots no guest. */
  vmReboot: Type.Object({ ...VmTarget, timeoutSeconds: Type.Integer({ minimum: 1, maximum: 3600 }) }),
  /** Through the guest's agent: the guest puts itself to sleep. */
  vmSuspend: Type.Object({ ...VmTarget, timeoutSeconds: Type.Integer({ minimum: 1, maximum: 3600 }) }),
  vmHibernate: Type.Object(VmTarget),
  /** Starts it with the memory that was saved. */
  vmWake: Type.Object({ config: VmConfig }),
  /** Deletes the memory that was saved. */
  vmDiscard: Type.Object(VmTarget),
  vmReset: Type.Object(VmTarget),
  /** The drive as it is to be, in the machine that runs and in what is written down; as it was `before` when undone. */
  vmChangeDisc: Type.Object({
    ...VmTarget,
    cd: VmCd,
    before: Type.Optional(VmCd),
    /** Although the guest has locked it. */
    force: Type.Boolean(),
  }),
  volumeCreate: Type.Object({
    ...VmTarget,
    volumeId: Uuid,
    /** The image's own size where it is left out. */
    sizeMib: Type.Optional(Type.Integer({ minimum: 1 })),
    /** The image below an overlay, or the one that is copied. */
    image: Type.Optional(
      Type.Object({
        volumeId: Uuid,
        name: Name,
        format: ImageFormat,
        use: Type.Union([Type.Literal('overlay'), Type.Literal('copy')]),
      }),
    ),
  }),
  /** A VM's disk copied in full into another's, which stands alone. */
  volumeCopy: Type.Object({ ...VmTarget, volumeId: Uuid, sourceVolumeId: Uuid }),
  volumeDelete: Type.Object({ volumeId: Uuid }),
  /** Checks volumes that were streamed in and makes them disks of a VM; those that were `read` meanwhile go. */
  volumesAdopt: Type.Object({
    ...VmTarget,
    disks: Type.Array(Type.Object({ slot: Type.Integer(), volumeId: Uuid, sizeBytes: Type.Integer({ minimum: 1 }) }), {
      maxItems: VM_LIMITS.disks,
    }),
    read: Type.Array(Uuid, { maxItems: 2 }),
  }),
  /** From then on the host writes those of its own documents in these versions, and has them all so when it ends. Never back. */
  formatsWrite: Type.Object({ versions: Type.Record(Type.String(), Type.Integer({ minimum: 1 })) }),
  /** Makes a built-in image into a volume. */
  imageBuild: Type.Object({ volumeId: Uuid, name: Name, builtin: Type.Literal('micro') }),
  /** Checks a volume that was streamed in and makes it a read-only image. */
  imageSeal: Type.Object({
    volumeId: Uuid,
    name: Name,
    format: ImageFormat,
    kind: Type.Union([Type.Literal('disk'), Type.Literal('kernel'), Type.Literal('initrd'), Type.Literal('iso')]),
    sizeBytes: Type.Integer({ minimum: 1 }),
  }),
} as const
export type OpKind = keyof typeof OP_INPUTS
export type OpInput<K extends OpKind> = Static<(typeof OP_INPUTS)[K]>

export interface OpOutputs {
  vmDefine: Record<string, never>
  vmConfigure: Record<string, never>
  vmUndefine: Record<string, never>
  vmStart: Record<string, never>
  vmStop: { by: 'guest-agent' | 'acpi' | 'force' | 'already' }
  vmPause: Record<string, never>
  vmResume: Record<string, never>
  vmReboot: Record<string, never>
  vmSuspend: Record<string, never>
  vmHibernate: Record<string, never>
  vmWake: Record<string, never>
  vmDiscard: Record<string, never>
  vmReset: Record<string, never>
  vmChangeDisc: Record<string, never>
  volumeCreate: { sizeMib: number }
  volumeCopy: { sizeMib: number }
  volumeDelete: Record<string, never>
  /** By volume. */
  volumesAdopt: { sizesMib: Readonly<Record<string, number>> }
  formatsWrite: { formats: readonly KindFormat[] }
  imageBuild: { sizeBytes: number; virtualSizeBytes: number; versions: Record<string, string> }
  imageSeal: { sizeBytes: number; virtualSizeBytes: number }
}

export const OP_STATES = ['running', 'succeeded', 'failed', 'interrupted', 'undoing', 'undone'] as const
export type OpState = (typeof OP_STATES)[number]

/** Why an operation failed: a reason of the closed table with its facts. */
export interface OpError {
  readonly reason: string
  readonly facts: Readonly<Record<string, string | number>>
}

/** What the agent knows of one operation. */
export interface OpRecord<K extends OpKind = OpKind> {
  readonly id: string
  readonly kind: K
  readonly attempt: number
  /**
   * running → succeeded | failed. `interrupted`: the agent was restarted while it ran; a higher attempt repeats
   * it. `undone` is for ever: whatever arrives later under this id is refused.
   */
  readonly state: OpState
  /** Place in the stream of its last change: who has read that far knows all that came before its end. */
  readonly seq: number
  readonly output?: OpOutputs[K]
  readonly error?: OpError
  /** 0–1; said while it runs, never recorded. */
  readonly progress?: number
  readonly note?: string
}

/** What takes an operation back: the same kind and input, since it may never have arrived. */
export const OpUndo = Type.Union(
  (Object.keys(OP_INPUTS) as OpKind[]).map((kind) => Type.Object({ kind: Type.Literal(kind), input: OP_INPUTS[kind] })),
)
export type OpUndo = { [K in OpKind]: { kind: K; input: OpInput<K> } }[OpKind]

/** `{taskId}.{step}` */
export const OpId = Type.String({ pattern: '^[0-9a-f-]{36}\\.[a-z][a-z0-9-]{0,40}$' })

export const OpPut = Type.Union(
  (Object.keys(OP_INPUTS) as OpKind[]).map((kind) =>
    Type.Object({ kind: Type.Literal(kind), attempt: Type.Integer({ minimum: 1 }), input: OP_INPUTS[kind] }),
  ),
)
export type OpPut = { [K in OpKind]: { kind: K; attempt: number; input: OpInput<K> } }[OpKind]
