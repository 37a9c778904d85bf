import { flag, list, nothing, number, object, oneOf, type ShapeOf, text } from './shape.ts'

/**
 * The guest agent's commands, after `qga/qapi-schema.json` of QEMU 7.2 (documented at
 * https://www.qemu.org/docs/master/interop/qemu-ga-ref.html). The agent has no schema to ask for, so this is by hand,
 * and holds the commands that somebody needs.
 */

const ipAddress = object({
  'ip-address': text,
  'ip-address-type': oneOf('ipv4', 'ipv6'),
  prefix: number,
})

const networkInterface = object(
  { name: text },
  {
    'hardware-address': text,
    'ip-addresses': list(ipAddress),
    statistics: object({
      'rx-bytes': number,
      'rx-packets': number,
      'rx-errs': number,
      'rx-dropped': number,
      'tx-bytes': number,
      'tx-packets': number,
      'tx-errs': number,
      'tx-dropped': number,
    }),
  },
)

const osInfo = object(
  {},
  {
    'kernel-release': text,
    'kernel-version': text,
    machine: text,
    id: text,
    name: text,
    'pretty-name': text,
    version: text,
    'version-id': text,
    variant: text,
    'variant-id': text,
  },
)

const filesystem = object(
  { name: text, mountpoint: text, type: text, disk: list(object({}, { serial: text, dev: text })) },
  { 'used-bytes': number, 'total-bytes': number },
)

/** `out-data` and `err-data` are Base64. */
const execStatus = object(
  { exited: flag },
  {
    exitcode: number,
    signal: number,
    'out-data': text,
    'err-data': text,
    'out-truncated': flag,
    'err-truncated': flag,
  },
)

const vcpu = object({ 'logical-id': number, online: flag }, { 'can-offline': flag })
const memoryBlock = object({ 'phys-index': number, online: flag }, { 'can-offline': flag })
const memoryBlockResult = object(
  { 'phys-index': number, response: oneOf('success', 'not-found', 'operation-not-supported', 'operation-failed') },
  { 'error-code': number },
)

export const GUEST_REPLIES = {
  'guest-ping': nothing,
  'guest-info': object({
    version: text,
    supported_commands: list(object({ name: text, enabled: flag, 'success-response': flag })),
  }),
  'guest-get-host-name': object({ 'host-name': text }),
  'guest-get-osinfo': osInfo,
  'guest-network-get-interfaces': list(networkInterface),
  'guest-get-fsinfo': list(filesystem),
  /** Nanoseconds since 1970: good to a microsecond, as numbers go. */
  'guest-get-time': number,
  'guest-set-time': nothing,
  'guest-fsfreeze-status': oneOf('thawed', 'frozen'),
  /** The three below return how many file systems they froze or thawed. */
  'guest-fsfreeze-freeze': number,
  'guest-fsfreeze-freeze-list': number,
  'guest-fsfreeze-thaw': number,
  'guest-fstrim': object({ paths: list(object({ path: text }, { trimmed: number, minimum: number, error: text })) }),
  'guest-exec': object({ pid: number }),
  'guest-exec-status': execStatus,
  'guest-get-vcpus': list(vcpu),
  /** How many of the list were set, from its start. */
  'guest-set-vcpus': number,
  'guest-get-memory-blocks': list(memoryBlock),
  'guest-set-memory-blocks': list(memoryBlockResult),
  'guest-set-user-password': nothing,
}

/** What a command may be given; a command that is not here takes nothing. */
interface GuestArguments {
  /** Without `time`: the guest's own hardware clock. */
  'guest-set-time': { time?: number }
  'guest-fsfreeze-freeze-list': { mountpoints?: string[] }
  'guest-fstrim': { minimum?: number }
  'guest-exec': { path: string; arg?: string[]; env?: string[]; 'input-data'?: string; 'capture-output'?: boolean }
  'guest-exec-status': { pid: number }
  'guest-set-vcpus': { vcpus: ShapeOf<typeof vcpu>[] }
  'guest-set-memory-blocks': { 'mem-blks': ShapeOf<typeof memoryBlock>[] }
  /** `password` is Base64. */
  'guest-set-user-password': { username: string; password: string; crypted: boolean }
}

/** Commands that answer only when they fail: on success the guest is off or asleep. */
interface GuestDepartures {
  'guest-shutdown': { mode?: 'halt' | 'powerdown' | 'reboot' }
  'guest-suspend-disk': NoArguments
  'guest-suspend-ram': NoArguments
  'guest-suspend-hybrid': NoArguments
}

type NoArguments = Record<string, never>

export type GuestCommandName = keyof typeof GUEST_REPLIES
export type GuestReply<Name extends GuestCommandName> = ShapeOf<(typeof GUEST_REPLIES)[Name]>
export type GuestDepartureName = keyof GuestDepartures

type ArgumentsOf<Name> = Name extends keyof GuestArguments
  ? GuestArguments[Name]
  : Name extends keyof GuestDepartures
    ? GuestDepartures[Name]
    : NoArguments

export interface GuestExecuteOptions {
  timeoutMs?: number
}

/** The arguments may be left out where the command needs none. */
export type GuestParameters<Name extends GuestCommandName | GuestDepartureName> =
  Record<string, never> extends ArgumentsOf<Name>
    ? [args?: ArgumentsOf<Name>, options?: GuestExecuteOptions]
    : [args: ArgumentsOf<Name>, options?: GuestExecuteOptions]
