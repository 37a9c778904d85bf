/** Paths of the agent's API, and how big what they carry may be. */
export const AGENT_PATHS = {
  hello: '/hello',
  stream: '/stream',
  /** PUT begins or repeats an operation, GET answers its record. */
  op: '/ops/:opId',
  /** PUT: take it back, and refuse it for ever. */
  undo: '/ops/:opId/undo',
  /** PUT streams bytes into a volume that imageSeal will check; GET streams those of a disk that stands alone. */
  volumeContent: '/volumes/:volumeId/content',
  /** GET: how much room a copy of the volume needs, and how much there is. */
  volumeRoom: '/volumes/:volumeId/room',
  /** GET streams what a stopped VM's firmware remembers: `variables` of its UEFI, or `tpm`. */
  firmware: '/vms/:vmId/firmware/:memory',
  /** GET with an upgrade: the VM's serial line as raw bytes, both ways. */
  serial: '/vms/:vmId/serial',
  /** GET with an upgrade: the VM's screen as raw RFB (VNC), both ways; each viewer has a connection of its own. */
  screen: '/vms/:vmId/screen',
} as const

/** At most so much is taken up by a full copy. */
export interface VolumeRoom {
  readonly neededBytes: number
  readonly freeBytes: number
  /** Nothing lies below it; left out by an older agent. */
  readonly standsAlone?: boolean
}

export const FIRMWARE_MEMORIES = ['variables', 'tpm'] as const
export type FirmwareMemory = (typeof FIRMWARE_MEMORIES)[number]

/** Far above any operation's input; a body beyond it is refused unread. */
export const OP_BODY_LIMIT_BYTES = 256 * 1024

/** Names of the protocols in the `Upgrade` header of the serial line and the screen. */
export const SERIAL_PROTOCOL = 'vivarium-serial'
export const SCREEN_PROTOCOL = 'vivarium-screen'
