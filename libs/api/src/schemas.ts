import { Accelerator, PortForward, Uuid, VmHardware, VM_LIMITS, VM_STATES } from '@viv/common'
import { type Static, Type } from 'typebox'

const closed = { additionalProperties: false } as const
/** A reply of ours: unknown fields are tolerated by readers, so that version N reads N+1. */
const Id = Uuid
/** DNS-label like, so that a VM's name can be its host name and needs no quoting in a shell. */
export const Name = Type.String({ minLength: 1, maxLength: 63, pattern: '^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$' })
const Notes = Type.String({ maxLength: 4096 })
const Time = Type.String({ format: 'date-time' })

export const VmState = Type.Enum([...VM_STATES])

export const VmExit = Type.Object({
  cause: Type.String(),
  code: Type.Optional(Type.Integer()),
  at: Time,
  output: Type.Optional(Type.String()),
})

export const Vm = Type.Object(
  {
    id: Id,
    name: Name,
    notes: Notes,
    hostId: Id,
    imageId: Type.Optional(Id),
    state: VmState,
    hardware: VmHardware,
    /** Send it as If-Match with a change. */
    revision: Type.String(),
    createdAt: Time,
    startedAt: Type.Optional(Time),
    exit: Type.Optional(VmExit),
    /** How the guest's instructions run now. */
    runsBy: Type.Optional(Type.Union([Type.Literal('kvm'), Type.Literal('tcg')])),
    /** Times the guest was reset since its process started, as far as the agent saw it. */
    resets: Type.Optional(Type.Integer()),
    /** QEMU's process on the host. */
    pid: Type.Optional(Type.Integer()),
    /** False: the host's agent is silent, and `state` is the last that was known, of `statusAt`. */
    hostReachable: Type.Boolean(),
    statusAt: Type.Optional(Time),
    allowedActions: Type.Array(Type.String()),
    taskId: Type.Optional(Id),
  },
  { $id: 'Vm' },
)
export type Vm = Static<typeof Vm>

export const VmDiskCreate = Type.Object(
  { sizeMib: Type.Integer({ minimum: 1, maximum: VM_LIMITS.diskMibMax, description: 'MiB' }) },
  closed,
)

export const VmCreate = Type.Object(
  {
    name: Name,
    notes: Type.Optional(Notes),
    hostId: Type.Optional(Id),
    cpus: Type.Optional(
      Type.Integer({ minimum: 1, maximum: VM_LIMITS.cpus, description: 'virtual CPUs, 1 if not said' }),
    ),
    memoryMib: Type.Optional(
      Type.Integer({
        minimum: VM_LIMITS.memoryMibMin,
        maximum: VM_LIMITS.memoryMibMax,
        description: 'MiB, 512 if not said',
      }),
    ),
    accelerator: Type.Optional(Accelerator),
    imageId: Type.Optional(Id),
    /** overlay: shares the image's blocks and is made at once; copy: stands alone. */
    imageUse: Type.Optional(Type.Union([Type.Literal('overlay'), Type.Literal('copy')])),
    /** Size of the disk made from the image; the image's own if not said. */
    diskMib: Type.Optional(Type.Integer({ minimum: 1, maximum: VM_LIMITS.diskMibMax })),
    /** Empty disks beside it. */
    disks: Type.Optional(Type.Array(VmDiskCreate, { maxItems: VM_LIMITS.disks - 1 })),
    kernel: Type.Optional(
      Type.Object(
        {
          kernelImageId: Id,
          initrdImageId: Type.Optional(Id),
          commandLine: Type.Optional(Type.String({ maxLength: 2048, pattern: '^[\\x20-\\x7e]*$' })),
        },
        closed,
      ),
    ),
    forwards: Type.Optional(Type.Array(PortForward, { maxItems: VM_LIMITS.forwards })),
    start: Type.Optional(Type.Boolean({ description: 'start it once it is made' })),
  },
  { ...closed, $id: 'VmCreate' },
)
export type VmCreate = Static<typeof VmCreate>

export const VmUpdate = Type.Object(
  { name: Type.Optional(Name), notes: Type.Optional(Notes) },
  { ...closed, $id: 'VmUpdate' },
)
export type VmUpdate = Static<typeof VmUpdate>

export const VmStop = Type.Object(
  {
    mode: Type.Optional(Type.Union([Type.Literal('safe'), Type.Literal('force')])),
    /** How long the guest may take before the answer is that it did not. */
    timeoutSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 3600 })),
  },
  { ...closed, $id: 'VmStop' },
)
export type VmStop = Static<typeof VmStop>

export const ImageKind = Type.Union([Type.Literal('disk'), Type.Literal('kernel'), Type.Literal('initrd')])
export type ImageKind = Static<typeof ImageKind>
export const ImageFormat = Type.Union([Type.Literal('qcow2'), Type.Literal('raw')])

export const Image = Type.Object(
  {
    id: Id,
    name: Name,
    kind: ImageKind,
    format: ImageFormat,
    /** available: built in, made when it is first used. */
    state: Type.Union([
      Type.Literal('available'),
      Type.Literal('creating'),
      Type.Literal('ready'),
      Type.Literal('deleting'),
    ]),
    builtin: Type.Optional(Type.String()),
    hostId: Id,
    volumeId: Id,
    sizeBytes: Type.Optional(Type.Integer()),
    virtualSizeBytes: Type.Optional(Type.Integer()),
    /** Debian packages that a built-in image was made from. */
    versions: Type.Optional(Type.Record(Type.String(), Type.String())),
    revision: Type.String(),
    createdAt: Time,
    taskId: Type.Optional(Id),
  },
  { $id: 'Image' },
)
export type Image = Static<typeof Image>

export const TASK_STATES = [
  'running',
  'waiting_for_host',
  'undoing',
  'succeeded',
  'failed',
  'cancelled',
  'parked',
] as const
export const TaskState = Type.Enum([...TASK_STATES])
export type TaskState = (typeof TASK_STATES)[number]

export const Blocker = Type.Object({
  reason: Type.String(),
  facts: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()])),
  message: Type.String(),
  fix: Type.Optional(
    Type.Object({
      action: Type.String(),
      method: Type.String(),
      path: Type.String(),
      body: Type.Optional(Type.Unknown()),
      ifMatch: Type.Optional(Type.String()),
    }),
  ),
})

export const ErrorBody = Type.Object(
  {
    code: Type.String(),
    message: Type.String(),
    requestId: Type.String(),
    blockers: Type.Optional(Type.Array(Blocker)),
  },
  { $id: 'Error' },
)
export type ErrorBody = Static<typeof ErrorBody>

export const Task = Type.Object(
  {
    id: Id,
    /** The operation, as in the route table: vmCreate, vmStart … */
    action: Type.String(),
    target: Type.Object({ kind: Type.String(), id: Id, name: Type.String() }),
    state: TaskState,
    progress: Type.Number({ minimum: 0, maximum: 1 }),
    step: Type.String(),
    cancellable: Type.Boolean(),
    startedAt: Time,
    endedAt: Type.Optional(Time),
    /** The task that goes on where this one ended (start after create). */
    followedBy: Type.Optional(Id),
    error: Type.Optional(Type.Object({ code: Type.String(), message: Type.String(), blockers: Type.Array(Blocker) })),
    output: Type.Optional(Type.Unknown()),
  },
  { $id: 'Task' },
)
export type Task = Static<typeof Task>

export const Host = Type.Object(
  {
    id: Id,
    name: Type.String(),
    isReachable: Type.Boolean(),
    seenAt: Type.Optional(Time),
    agentVersion: Type.String(),
    facts: Type.Unknown(),
  },
  { $id: 'Host' },
)
export type Host = Static<typeof Host>

export const Datastore = Type.Object(
  {
    id: Id,
    name: Type.String(),
    kind: Type.Literal('dir'),
    hostIds: Type.Array(Id),
    isShared: Type.Boolean(),
    totalBytes: Type.Integer(),
    freeBytes: Type.Integer(),
  },
  { $id: 'Datastore' },
)
export type Datastore = Static<typeof Datastore>

export const Session = Type.Object(
  {
    userName: Type.String(),
    permissions: Type.Array(Type.String()),
    token: Type.Optional(Type.String()),
    expiresAt: Type.Optional(Time),
  },
  { $id: 'Session' },
)
export type Session = Static<typeof Session>

export const Login = Type.Object(
  { userName: Type.String({ minLength: 1, maxLength: 64 }), password: Type.String({ minLength: 1, maxLength: 256 }) },
  { ...closed, $id: 'Login' },
)

export const Token = Type.Object(
  {
    id: Id,
    name: Name,
    createdAt: Time,
    expiresAt: Type.Optional(Time),
    usedAt: Type.Optional(Time),
    secret: Type.Optional(Type.String()),
  },
  { $id: 'Token' },
)
export type Token = Static<typeof Token>

export const TokenCreate = Type.Object(
  { name: Name, days: Type.Optional(Type.Integer({ minimum: 1, maximum: 3650 })) },
  { ...closed, $id: 'TokenCreate' },
)
