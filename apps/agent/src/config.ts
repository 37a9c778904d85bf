import { parseArgs } from 'node:util'
import { createHash } from 'node:crypto'
import { type Folders, foldersOf, IMAGES_GID_INDEX, TOOL_UID_INDEX, UIDS_EACH } from '@viv/common'

export interface AgentConfig {
  readonly folders: Folders
  /** First of this installation's uids (libs/common/src/vm/uids.ts). */
  readonly uidBase: number
  /** Who may read base images, beside root. */
  readonly imagesGid: number
  /** Unprivileged: reads what strangers have sent. */
  readonly toolUid: number
  /** Whose members may call the agent. */
  readonly managerGid: number
  readonly version: string
}

/** Above every range that Debian and systemd give away, below 2^31. */
const FIRST_UID = 2_000_000_000
const RANGES = 1_000

export function readConfig(args: readonly string[], version: string): AgentConfig {
  const { values } = parseArgs({
    args: [...args],
    options: { root: { type: 'string' }, 'manager-gid': { type: 'string' } },
  })
  const uidBase = FIRST_UID + rangeOf(values.root) * UIDS_EACH
  const managerGid = Number(values['manager-gid'] ?? 0)
  if (!Number.isInteger(managerGid) || managerGid < 0)
    throw new Error(`--manager-gid ${values['manager-gid']} is not a group's number`)
  return Object.freeze({
    folders: foldersOf(values.root),
    uidBase,
    imagesGid: uidBase + IMAGES_GID_INDEX,
    toolUid: uidBase + TOOL_UID_INDEX,
    managerGid,
    version,
  })
}

/** Installations beside the machine's own have uids of their own, so that their VMs are strangers to each other. */
function rangeOf(root: string | undefined): number {
  if (root === undefined) return 0
  return 1 + (createHash('sha256').update(root).digest().readUInt32BE(0) % RANGES)
}
