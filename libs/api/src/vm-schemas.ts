import {
  Accelerator,
  BootOrder,
  BROKEN_PARTS,
  Clock,
  CPU_MODEL_NAME,
  DiskBus,
  Display,
  Firmware,
  GUEST_SYSTEM_NAMES,
  MachineKind,
  NicModel,
  PAUSE_REASONS,
  Pointer,
  PortForward,
  SILENCE_REASONS,
  Uuid,
  VmAutostart,
  VmCrashPolicy,
  VM_LIMITS,
  VM_STATES,
  VmHardware,
} from '@viv/common'
import { type Static, Type } from 'typebox'
import { closed, Name, Notes, Tags, Time } from './words.ts'

export const VmParams = Type.Object({ vmId: Uuid }, closed)

export const VmState = Type.Enum([...VM_STATES])

export const VmExit = Type.Object({
  cause: Type.String(),
  code: Type.Optional(Type.Integer()),
  at: Time,
  output: Type.Optional(Type.String()),
})

/** One thing of the hardware that is wanted otherwise than it runs. */
export const VmPending = Type.Object({ path: Type.String(), running: Type.Unknown(), wanted: Type.Unknown() })

export const Vm = Type.Object(
  {
    id: Uuid,
    name: Name,
    notes: Notes,
    tags: Tags,
    hostId: Uuid,
    imageId: Type.Optional(Uuid),
    state: VmState,
    /** Why it is paused. */
    pauseReason: Type.Optional(Type.Enum([...PAUSE_REASONS])),
    /** Why nothing can be asked of its QEMU, while it is unresponsive. */
    silenceReason: Type.Optional(Type.Enum([...SILENCE_REASONS])),
    /** Why its host's agent cannot read its description, and what is to be done: until then nothing is done to the VM. */
    heldBack: Type.Optional(
      Type.Object({
        reason: Type.String(),
        facts: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()])),
        message: Type.String(),
      }),
    ),
    /** What it was made for. */
    guestSystem: Type.Optional(Type.Enum([...GUEST_SYSTEM_NAMES])),
    /** As it is wanted; what runs may still differ. */
    hardware: VmHardware,
    /** How large each disk is for the guest, by its volume; without those that an older version made. */
    diskSizesMib: Type.Optional(Type.Record(Type.String(), Type.Integer())),
    /** Whether its host starts it when it is started itself. */
    autostart: VmAutostart,
    crashPolicy: VmCrashPolicy,
    /** Crashes that were answered by a restart since somebody started it, and the last of them. */
    recovery: Type.Optional(
      Type.Object({
        count: Type.Integer(),
        cause: Type.String(),
        at: Time,
        isGivenUp: Type.Optional(Type.Literal(true, { description: 'too many: the last crash was left as it is' })),
      }),
    ),
    /** Its host was started, and starts it when its turn comes. */
    startsInTurn: Type.Optional(Type.Boolean()),
    /** Why it was not started with its host, the last time. */
    autostartFailure: Type.Optional(
      Type.Object({
        reason: Type.String(),
        facts: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()])),
        message: Type.String(),
        at: Time,
      }),
    ),
    /** What holds only after a restart, since the machine that runs is another one; and `autostart`, until its host has heard of it. */
    pending: Type.Optional(Type.Array(VmPending)),
    /** Send it as If-Match with a change. */
    revision: Type.String(),
    createdAt: Time,
    startedAt: Type.Optional(Time),
    exit: Type.Optional(VmExit),
    /** What of the machine has ended while it runs: its guest has it back after a stop and a start. */
    brokenParts: Type.Optional(Type.Array(Type.Enum([...BROKEN_PARTS]))),
    /** In the recycle bin: since when, and when it is deleted with its disks. */
    recycledAt: Type.Optional(Time),
    purgeAt: Type.Optional(Time),
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
    taskId: Type.Optional(Uuid),
  },
  { $id: 'Vm' },
)
export type Vm = Static<typeof Vm>

export const VmDiskCreate = Type.Object(
  {
    sizeMib: Type.Integer({ minimum: 1, maximum: VM_LIMITS.diskMibMax, description: 'MiB' }),
    bus: Type.Optional(DiskBus),
  },
  closed,
)

const Cpus = Type.Optional(
  Type.Integer({ minimum: 1, maximum: VM_LIMITS.cpus, description: 'virtual CPUs; a new VM has 1 if not said' }),
)
const MemoryMib = Type.Optional(
  Type.Integer({
    minimum: VM_LIMITS.memoryMibMin,
    maximum: VM_LIMITS.memoryMibMax,
    description: 'MiB; a new VM has 512 if not said',
  }),
)

/** What is left out stays. */
const AutostartChange = Type.Partial(VmAutostart, {
  ...closed,
  description: 'whether it starts with its host, and when',
})
const CrashPolicyChange = Type.Partial(VmCrashPolicy, {
  ...closed,
  description: 'what its host does when it crashes',
})
/** Of the machine: chosen when a VM is made, and changed by an edit. */
const MachineChoices = {
  coresPerSocket: Type.Optional(
    Type.Integer({ minimum: 1, maximum: VM_LIMITS.cpus, description: 'all CPUs are in one socket if not said' }),
  ),
  threadsPerCore: Type.Optional(Type.Integer({ minimum: 1, maximum: VM_LIMITS.cpus, description: '1 if not said' })),
  cpuModel: Type.Optional(
    Type.String({
      pattern: CPU_MODEL_NAME,
      description: "host (KVM only), a generation (x86-64-v2, x86-64-v3, x86-64-v4), or a name of the host's QEMU",
    }),
  ),
  pointer: Type.Optional(Pointer),
  bootOrder: Type.Optional(BootOrder),
  display: Type.Optional(Display),
  clock: Type.Optional(Clock),
  random: Type.Optional(Type.Boolean({ description: 'a random generator; a VM has one if not said' })),
  watchdog: Type.Optional(
    Type.Boolean({ description: 'a watchdog (i6300esb), which resets a guest that has begun to feed it and stops' }),
  ),
  firmware: Type.Optional(Firmware),
  secureBoot: Type.Optional(
    Type.Boolean({ description: "only what Microsoft's and distributions' keys have signed starts; needs UEFI" }),
  ),
  tpm: Type.Optional(Type.Boolean({ description: 'a TPM 2.0, whose state is kept with the VM' })),
}

export const VmCreate = Type.Object(
  {
    name: Name,
    notes: Type.Optional(Notes),
    tags: Type.Optional(Tags),
    hostId: Type.Optional(Uuid),
    cpus: Cpus,
    memoryMib: MemoryMib,
    ...MachineChoices,
    accelerator: Type.Optional(Accelerator),
    imageId: Type.Optional(Uuid),
    /** overlay: shares the image's blocks and is made at once; copy: stands alone. */
    imageUse: Type.Optional(Type.Union([Type.Literal('overlay'), Type.Literal('copy')])),
    /** Chooses what is not said, and warns where the machine is not for it. */
    guestSystem: Type.Optional(Type.Enum([...GUEST_SYSTEM_NAMES])),
    /** q35 if not said. */
    machine: Type.Optional(MachineKind),
    /** Of the disk made from the image, and of each empty one that says nothing; virtio if not said. */
    diskBus: Type.Optional(DiskBus),
    nicModel: Type.Optional(NicModel),
    /** Size of the disk made from the image; the image's own if not said. */
    diskMib: Type.Optional(Type.Integer({ minimum: 1, maximum: VM_LIMITS.diskMibMax })),
    /** A CD drive with that ISO image in it, or empty. */
    cd: Type.Optional(Type.Object({ imageId: Type.Optional(Uuid) }, closed)),
    /** Empty disks beside it. */
    disks: Type.Optional(Type.Array(VmDiskCreate, { maxItems: VM_LIMITS.disks - 1 })),
    kernel: Type.Optional(
      Type.Object(
        {
          kernelImageId: Uuid,
          initrdImageId: Type.Optional(Uuid),
          commandLine: Type.Optional(Type.String({ maxLength: 2048, pattern: '^[\\x20-\\x7e]*$' })),
        },
        closed,
      ),
    ),
    forwards: Type.Optional(Type.Array(PortForward, { maxItems: VM_LIMITS.forwards })),
    autostart: Type.Optional(AutostartChange),
    crashPolicy: Type.Optional(CrashPolicyChange),
    start: Type.Optional(Type.Boolean({ description: 'start it once it is made' })),
  },
  { ...closed, $id: 'VmCreate' },
)
export type VmCreate = Static<typeof VmCreate>

export const VmClone = Type.Object(
  {
    name: Name,
    /** As those of the VM that is copied, where they are left out. */
    notes: Type.Optional(Notes),
    tags: Type.Optional(Tags),
    cpus: Cpus,
    memoryMib: MemoryMib,
    ...MachineChoices,
    /** Only its own, in this version. */
    hostId: Type.Optional(Uuid),
    /** None of its own are copied: they lead to it. */
    forwards: Type.Optional(Type.Array(PortForward, { maxItems: VM_LIMITS.forwards })),
    start: Type.Optional(Type.Boolean({ description: 'start it once it is made' })),
  },
  { ...closed, $id: 'VmClone' },
)
export type VmClone = Static<typeof VmClone>

export const VmUpdate = Type.Object(
  /** What a VM that runs is made of is changed by its next start; until then it is `pending`. */
  {
    name: Type.Optional(Name),
    notes: Type.Optional(Notes),
    tags: Type.Optional(Tags),
    cpus: Cpus,
    memoryMib: MemoryMib,
    autostart: Type.Optional(AutostartChange),
    crashPolicy: Type.Optional(CrashPolicyChange),
    ...MachineChoices,
  },
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

export const VmReboot = Type.Object(
  {
    /** safe: the guest's agent is asked; force: the reset button. */
    mode: Type.Optional(Type.Union([Type.Literal('safe'), Type.Literal('force')])),
    /** How long the guest may take before the answer is that it did not. */
    timeoutSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 3600 })),
  },
  { ...closed, $id: 'VmReboot' },
)
export type VmReboot = Static<typeof VmReboot>

export const VmSuspend = Type.Object(
  {
    /** How long the guest may take before the answer is that it did not. */
    timeoutSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 3600 })),
  },
  { ...closed, $id: 'VmSuspend' },
)
export type VmSuspend = Static<typeof VmSuspend>

export const VmChangeDisc = Type.Object(
  {
    /** The ISO image that is inserted; left out the disc is ejected. */
    imageId: Type.Optional(Uuid),
    force: Type.Optional(Type.Boolean({ description: 'although the guest has locked the disc that is in it' })),
  },
  { ...closed, $id: 'VmChangeDisc' },
)
export type VmChangeDisc = Static<typeof VmChangeDisc>

export const VmRevert = Type.Object(
  { entryId: Type.String({ pattern: '^[1-9][0-9]{0,15}$', description: 'the change of its history to go back to' }) },
  { ...closed, $id: 'VmRevert' },
)
export type VmRevert = Static<typeof VmRevert>
