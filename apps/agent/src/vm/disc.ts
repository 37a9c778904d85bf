import { setTimeout as delay } from 'node:timers/promises'
import { refuse, type VmDisc } from '@viv/common'
import type { QmpSession } from '@viv/qmp'
import { CD, discBlock, discNode } from '../qemu/cd-argv.ts'

/** A guest that is asked to open its drive unmounts first, if it does that at all. */
const OPEN_WITHIN_MS = 5_000
const LOOK_AGAIN_MS = 100

export interface DiscChange {
  readonly name: string
  /** What is to be in the drive, with its file; undefined: nothing. */
  readonly disc: (VmDisc & { readonly file: string }) | undefined
  readonly force: boolean
}

/**
 * Changes the disc in the drive of a machine that runs. Whatever was interrupted is found and gone on with; a disc that
 * is there already stays, in a drive that is closed.
 *
 *   open the new disc's file ─▶ tray open, if the guest lets go or is forced ─▶ old one out ─▶ new one in ─▶ tray closed
 */
export async function changeDisc(session: QmpSession, change: DiscChange, signal: AbortSignal): Promise<void> {
  const wanted = change.disc === undefined ? undefined : discNode(change.disc.volumeId)
  const drive = await lookAt(session)
  if (drive.node === wanted) {
    if (drive.isOpen) await session.execute('blockdev-close-tray', { id: CD })
    return dropOthers(session, wanted)
  }
  // First what can fail: until the tray opens nothing has changed for the guest.
  await openFile(session, change)
  try {
    await openTray(session, change, signal)
  } catch (error) {
    await dropOthers(session, drive.node).catch(() => undefined)
    throw error
  }
  await session.execute('blockdev-remove-medium', { id: CD })
  if (wanted !== undefined) await session.execute('blockdev-insert-medium', { id: CD, 'node-name': wanted })
  await session.execute('blockdev-close-tray', { id: CD })
  await dropOthers(session, wanted)
}

async function lookAt(session: QmpSession) {
  const drive = (await session.execute('query-block')).find(({ qdev }) => qdev === CD)
  if (drive === undefined) throw new Error('the machine that runs has no CD drive')
  return { isOpen: drive.tray_open === true, isLocked: drive.locked, node: drive.inserted?.['node-name'] }
}

const discNodes = async (session: QmpSession): Promise<string[]> =>
  (await session.execute('query-named-block-nodes', { flat: true }))
    .map((node) => node['node-name'] ?? '')
    // A disc's own, not its file's.
    .filter((name) => name.startsWith('disc-') && !name.endsWith('-f'))

async function openFile(session: QmpSession, { disc }: DiscChange): Promise<void> {
  if (disc === undefined || (await discNodes(session)).includes(discNode(disc.volumeId))) return
  await session.execute('blockdev-add', discBlock(disc.volumeId, disc.file))
}

/** A drive that is locked is not opened without force: its guest is asked, and may let go. */
async function openTray(session: QmpSession, { name, force }: DiscChange, signal: AbortSignal): Promise<void> {
  await session.execute('blockdev-open-tray', { id: CD, force })
  for (const deadline = Date.now() + OPEN_WITHIN_MS; !(await lookAt(session)).isOpen; ) {
    if (Date.now() > deadline) throw refuse('disc_locked', { name, seconds: OPEN_WITHIN_MS / 1000 })
    await delay(LOOK_AGAIN_MS, undefined, { signal })
  }
}

/** Files of discs that are in no drive any more. */
async function dropOthers(session: QmpSession, kept: string | undefined): Promise<void> {
  for (const node of await discNodes(session)) {
    if (node !== kept) await session.execute('blockdev-del', { 'node-name': node })
  }
}
