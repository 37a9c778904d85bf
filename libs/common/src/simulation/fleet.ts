import { IMAGES_GID_INDEX } from '../vm/uids.ts'

/**
 * The machines of a simulated platform: hosts and VMs that follow from their indexes alone, so that the manager, which
 * holds what is wanted, and the simulator, which plays what is, agree without a word between them.
 *
 *   index ─► id, MAC, volume: an odd factor or a mix that is one to one, so that no two indexes share one
 *         ─► name, size, state, age: drawn from the mixed index
 */
export interface FleetSize {
  readonly hosts: number
  readonly vms: number
}

export const FLEET_LIMITS = { hosts: 4_096, vms: 131_070 } as const

export interface FleetHost {
  readonly hostId: string
  readonly name: string
  readonly cpus: number
  readonly memoryMib: number
  readonly totalBytes: number
  readonly freeBytes: number
}

export interface FleetVm {
  readonly vmId: string
  readonly name: string
  readonly hostIndex: number
  readonly uidIndex: number
  readonly mac: string
  readonly volumeId: string
  readonly cpus: number
  readonly memoryMib: number
  readonly state: 'running' | 'stopped' | 'paused' | 'crashed'
  readonly createdAt: string
  readonly startedAt: string
}

const GIB = 1024 ** 3
/** A fixed day, so that a platform is the same whenever it is looked at. */
const NEWEST_MS = Date.UTC(2026, 0, 1)
const OLDEST_DAYS = 700

/** More often named, more often met. */
const ROLES =
  'web web web web web app app app app db db db cache cache build build test test test dev dev mail proxy git vpn monitor backup desk desk'.split(
    ' ',
  )
const VM_CPUS = [1, 1, 2, 2, 2, 4, 4, 4, 8, 8, 16]
const VM_MEMORY_MIB_A_CPU = [512, 1024, 2048, 2048, 4096]
const HOST_CPUS = [32, 48, 64, 64, 96, 128]
const HOST_MEMORY_GIB_A_CPU = [4, 8, 8, 16]
const HOST_DISK_TIB = [4, 8, 16, 32]

/** What keeps two kinds of id of one index apart. */
const SALT = { host: 1, vm: 2, volume: 3 } as const

export function fleetHost(index: number): FleetHost {
  const cpus = pick(HOST_CPUS, index, 11)
  const totalBytes = pick(HOST_DISK_TIB, index, 12) * 1024 * GIB
  return {
    hostId: fleetId(SALT.host, index),
    name: `sim-${String(index + 1).padStart(4, '0')}`,
    cpus,
    memoryMib: cpus * pick(HOST_MEMORY_GIB_A_CPU, index, 13) * 1024,
    totalBytes,
    freeBytes: Math.floor((totalBytes / 100) * (20 + (draw(index, 14) % 60))),
  }
}

export function fleetVm({ hosts }: FleetSize, index: number): FleetVm {
  const cpus = pick(VM_CPUS, index, 21)
  const createdMs = NEWEST_MS - (draw(index, 22) % (OLDEST_DAYS * 1440)) * 60_000
  const startedMs = createdMs + Math.floor((NEWEST_MS - createdMs) * ((draw(index, 23) % 1000) / 1000))
  return {
    vmId: fleetId(SALT.vm, index),
    name: `${pick(ROLES, index, 24)}-${String(index).padStart(5, '0')}`,
    hostIndex: index % hosts,
    // Around the two numbers that are nobody's (vm/uids.ts).
    uidIndex: index < IMAGES_GID_INDEX ? index : index + 2,
    mac: `52:54:00:${hex(Math.imul(index, 0x9e3779) & 0xffffff, 6).replace(/(..)(..)(..)/, '$1:$2:$3')}`,
    volumeId: fleetId(SALT.volume, index),
    cpus,
    memoryMib: cpus * pick(VM_MEMORY_MIB_A_CPU, index, 25),
    state: stateOf(draw(index, 26) % 100),
    createdAt: new Date(createdMs).toISOString(),
    startedAt: new Date(startedMs).toISOString(),
  }
}

/** The indexes of the VMs that a host has from the start. */
export function* fleetVmsOf({ hosts, vms }: FleetSize, hostIndex: number): Generator<number> {
  for (let index = hostIndex; index < vms; index += hosts) yield index
}

function stateOf(percent: number): FleetVm['state'] {
  if (percent < 82) return 'running'
  if (percent < 96) return 'stopped'
  return percent < 98 ? 'paused' : 'crashed'
}

function fleetId(salt: number, index: number): string {
  const [a, b] = [draw(index, salt), draw(index, salt + 100)]
  // The last part alone tells the indexes apart, the one before it the salts.
  return `${hex(a, 8)}-${hex(b & 0xffff, 4)}-4${hex(b >>> 20, 3)}-8${hex(salt, 3)}-${hex(mix(index), 8)}${hex(b >>> 16, 4)}`
}

const pick = <T>(choices: readonly T[], index: number, salt: number): T =>
  choices[draw(index, salt) % choices.length] as T

const draw = (index: number, salt: number): number => mix(mix(index) ^ Math.imul(salt, 0x9e3779b1))

/** The end of MurmurHash3: one to one on 32 bits, and every bit of the input reaches every bit of the output. */
function mix(value: number): number {
  let bits = value >>> 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')
