import { isEmpty, type ObjectEntity, type Schema } from './schema.ts'

/**
 * QEMU hides the names of its types, since they are no part of its interface. Ours come from the first place where a
 * type is met, breadth first, so that the shortest path gives the name: the reply of `query-block` is a list of
 * `QueryBlockReply`, whose member `inserted` is a `QueryBlockInserted`.
 */

/** Types that stand in many places, where the name of the first would mislead. The names are QEMU's own. */
export const BETTER_NAMES: Record<string, string> = {
  BlockCommitOnError: 'BlockdevOnError',
  BlockDirtyBitmapClearArguments: 'BlockDirtyBitmap',
  BlockdevAddArguments: 'BlockdevOptions',
  BlockdevBackupSync: 'MirrorSyncMode',
  BlockdevCreateOptionsFilePreallocation: 'PreallocMode',
  BlockdevOptionsBlkdebugImage: 'BlockdevRef',
  BlockdevOptionsQcow2Backing: 'BlockdevRefOrNull',
  MigrateContinueState: 'MigrationStatus',
  MigrateSetParametersTlsCreds: 'StrOrNull',
  NbdServerStartAddr: 'SocketAddressLegacy',
  NetdevAddArguments: 'NetdevOptions',
  ObjectAddArguments: 'ObjectOptions',
  QueryBlockJobsStatus: 'JobStatus',
  QueryColoStatusMode: 'ColoMode',
  QueryColoStatusReason: 'ColoExitReason',
  QueryJobsType: 'JobType',
  QueryMemdevPolicy: 'HostMemPolicy',
  QueryMigrateSocketAddress: 'SocketAddress',
  QueryNamedBlockNodesReply: 'BlockDeviceInfo',
  BlockDeviceInfoImage: 'ImageInfo',
  QueryStatusStatus: 'RunState',
  QueryVncFamily: 'NetworkAddressFamily',
  SetActionWatchdog: 'WatchdogAction',
  TransactionActions: 'TransactionAction',
  XQueryIrqReply: 'HumanReadableText',
}

/** Words that say where a type stands, which the names of its parts can do without. */
const POSITION = /(Arguments|Reply|Data)$/

interface Found {
  type: string
  name: string
  /** For when another type has taken the name. */
  longName: string
}

export class Names {
  readonly #schema: Schema
  readonly #names = new Map<string, string>()
  readonly #taken = new Set<string>()

  constructor(schema: Schema) {
    this.#schema = schema
  }

  get(type: string): string {
    const name = this.#names.get(type)
    if (name === undefined) throw new Error(`type ${type} has no name`)
    return name
  }

  /** Names everything that can be reached from the roots and has no name yet. Returns what it named, in order. */
  nameFrom(roots: readonly { type: string; name: string }[]): string[] {
    const named: string[] = []
    let found: Found[] = roots.map((root) => ({ ...root, longName: root.name }))
    while (found.length > 0) {
      const next: Found[] = []
      for (const each of found) next.push(...this.#visit(each, named))
      found = next
    }
    return named
  }

  #visit(found: Found, named: string[]): Found[] {
    const type = this.#schema.type(found.type)
    if (type['meta-type'] === 'array') return this.#visit({ ...found, type: type['element-type'] }, named)
    if (type['meta-type'] === 'builtin' || isEmpty(type) || this.#names.has(found.type)) return []
    const name = this.#free(found)
    this.#names.set(found.type, name)
    named.push(found.type)
    if (type['meta-type'] === 'object') return partsOf(type, name)
    if (type['meta-type'] === 'enum') return []
    return type.members.map((member) => ({ type: member.type, name: `${name}Choice`, longName: `${name}Choice` }))
  }

  #free({ name, longName }: Found): string {
    const better = BETTER_NAMES[name] ?? name
    let free = this.#taken.has(better) ? longName : better
    for (let count = 2; this.#taken.has(free); count++) free = `${longName}${count}`
    this.#taken.add(free)
    return free
  }
}

function partsOf(type: ObjectEntity, name: string): Found[] {
  const stem = name.replace(POSITION, '')
  const parts = [
    ...type.members.map((member) => ({ type: member.type, part: pascalCase(member.name) })),
    ...(type.variants ?? []).map((variant) => ({ type: variant.type, part: pascalCase(variant.case) })),
  ]
  return parts.map(({ type: partType, part }) => ({
    type: partType,
    name: `${stem}${part}`,
    longName: `${name}${part}`,
  }))
}

/** `query-status`, `device_add`, `BLOCK_IO_ERROR` → `QueryStatus`, `DeviceAdd`, `BlockIoError`. */
export function pascalCase(name: string): string {
  return name
    .split(/[^a-zA-Z0-9]+/)
    .map(
      (word) =>
        word.charAt(0).toUpperCase() + (word === word.toUpperCase() ? word.slice(1).toLowerCase() : word.slice(1)),
    )
    .join('')
}
