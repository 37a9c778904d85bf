import { createHash } from 'node:crypto'
import { AppError, refuse } from '@viv/common'
import { QmpTimeoutError } from '@viv/qmp'
import type { VmConfig } from '../domain/contract.ts'
import { SOCKETS } from '../qemu/argv.ts'
import { withoutDisc } from '../qemu/cd-argv.ts'
import type { RunFolder } from '../qemu/run-folder.ts'
import { isOutOfSpace, outOfSpace } from '../storage/incoming.ts'
import type { SavedMemory, SavedRecord } from '../storage/saved-memory.ts'
import type { Volumes } from '../storage/volumes.ts'
import type { BootPlan } from './boot.ts'
import type { Machine } from './machine.ts'
import { openMemoryStream } from './memory-stream.ts'
import { ignoreSilence } from './talk.ts'
import { awaitMemory, cancelSending, sendMemory, whenLoaded, whenSent } from './transfer.ts'

const MIB = 1024 ** 2
/** Video memory, devices and what QEMU says around the guest's memory. */
const BESIDE_MEMORY_MIB = 64

export interface HibernationParts {
  readonly host: { readonly volumes: Volumes; readonly qemuVersion: string }
  readonly folder: RunFolder
  readonly vmId: string
  readonly uid: number
}

/**
 * A VM's memory on its way into a file and back. At any time there is the machine, or its saved memory, or both; where
 * both are there the saved one is whole and the machine has not run since, so that it can be ended.
 *
 *   save   mark · QMP stop · send · fsync · record ─── from here on hibernated ─── quit
 *   wake   QEMU waits · load · mark · the record goes ─── from here on a machine ─── QMP cont · mark off
 *
 * The mark in the run folder says that a machine without saved memory stands still only for this: whoever finds it so
 * lets it go on. The record goes before the guest runs: a guest that has written to its disks must never be loaded again.
 */
export class Hibernation {
  readonly #parts: HibernationParts
  readonly #saved: SavedMemory
  #isSaved = false

  constructor(parts: HibernationParts) {
    this.#parts = parts
    this.#saved = parts.host.volumes.savedMemory(parts.vmId)
  }

  get isSaved(): boolean {
    return this.#isSaved
  }

  /** Looks what there is. What an interrupted save has left goes. */
  async load(): Promise<void> {
    this.#isSaved = await this.#saved.isThere()
    if (!this.#isSaved) await this.#saved.drop()
  }

  async discard(): Promise<void> {
    await this.#saved.drop()
    this.#isSaved = false
  }

  /** A machine that was found: one that stood still only for a save or a wake goes on. */
  async settle(machine: Machine): Promise<void> {
    const { folder } = this.#parts
    if ((await folder.isMoving()) && !(await folder.isPaused())) await this.#goOn(machine)
  }

  /** Afterwards it is saved, and the machine is to be ended; or it runs on, and the error says why. */
  async save(machine: Machine, { name, hardware }: VmConfig, signal: AbortSignal): Promise<void> {
    const { folder, host } = this.#parts
    const neededBytes = (hardware.memoryMib + BESIDE_MEMORY_MIB) * MIB
    await host.volumes.requireRoom(neededBytes)
    try {
      await this.#saved.begin()
      folder.markMoving()
      await machine.pause()
      const sizeBytes = await this.#write(machine, signal)
      await this.#saved.complete(await this.#record(machine, hardware.disks, sizeBytes))
      this.#isSaved = true
    } catch (error) {
      await this.#saved.drop()
      // Where that fails the machine is silent or gone, and is told so.
      await this.#goOn(machine).catch(ignoreSilence)
      if (isOutOfSpace(error)) throw outOfSpace(neededBytes, error)
      const isKnown = error instanceof AppError || error instanceof QmpTimeoutError || signal.aborted
      throw isKnown ? error : refuse('hibernate_failed', { name, problem: String(error) }, { cause: error })
    }
  }

  /** Refuses to load it into anything but what it was saved of. */
  async check({ accelerator, argv }: BootPlan, { name, hardware }: VmConfig): Promise<void> {
    const saved = await this.#saved.read().catch((error: unknown) => {
      throw refuse('saved_memory_unusable', { name, problem: String(error) }, { cause: error })
    })
    const problem =
      machineProblem(saved, { accelerator, argv, qemuVersion: this.#parts.host.qemuVersion }) ??
      ((await this.#areDisksAsSaved(saved, hardware.disks)) ? undefined : 'its disks were written to since')
    if (problem !== undefined) throw refuse('saved_memory_unusable', { name, problem })
  }

  /** Loads it into a QEMU that waits for it, and lets that go on. Until the record goes nothing is lost by a failure. */
  async wake(machine: Machine, { name }: VmConfig, signal: AbortSignal): Promise<void> {
    try {
      await this.#read(machine, signal)
    } catch (error) {
      // Its end is written into the run folder, which goes next.
      await machine.end('stopped')
      if (error instanceof AppError || error instanceof QmpTimeoutError || signal.aborted) throw error
      const output = (await this.#parts.folder.output()) || String(error)
      throw refuse('saved_memory_unusable', { name, problem: `QEMU could not load it (${output})` }, { cause: error })
    }
    this.#parts.folder.markMoving()
    await this.discard()
    await this.#goOn(machine).catch(ignoreSilence)
  }

  async #write(machine: Machine, signal: AbortSignal): Promise<number> {
    await using stream = openMemoryStream({ mode: 'save', ...this.#ends(), signal })
    await stream.ready
    const [sizeBytes] = await machine.through((session) =>
      Promise.all([stream.done, sendMemory(session).then(() => whenSent(session, signal))]),
    )
    return sizeBytes
  }

  async #read(machine: Machine, signal: AbortSignal): Promise<void> {
    await machine.through(awaitMemory)
    await using stream = openMemoryStream({ mode: 'load', ...this.#ends(), signal })
    await machine.through((session) => Promise.all([stream.done, whenLoaded(session, signal)]))
  }

  #ends(): { uid: number; file: string; socket: string } {
    const { uid, folder } = this.#parts
    return { uid, file: this.#saved.content, socket: folder.at(SOCKETS.memory) }
  }

  async #goOn(machine: Machine): Promise<void> {
    // One that does not answer has all three words in its line: stop, cancel, go on.
    await machine.through(cancelSending).catch(ignoreSilence)
    await machine.resume()
    this.#parts.folder.unmarkMoving()
  }

  async #record(
    { launched }: Machine,
    disks: readonly { readonly volumeId: string }[],
    sizeBytes: number,
  ): Promise<SavedRecord> {
    const { qemuVersion, accelerator, argv, revision } = launched
    return {
      format: 1,
      qemuVersion,
      accelerator,
      machineHash: machineHash(argv),
      sizeBytes,
      disks: await this.#traces(disks),
      revision,
      savedAt: new Date().toISOString(),
    }
  }

  #traces(disks: readonly { readonly volumeId: string }[]): Promise<SavedRecord['disks']> {
    const { volumes } = this.#parts.host
    return Promise.all(disks.map(async ({ volumeId }) => ({ volumeId, files: await volumes.traces(volumeId) })))
  }

  async #areDisksAsSaved(saved: SavedRecord, disks: readonly { readonly volumeId: string }[]): Promise<boolean> {
    return JSON.stringify(await this.#traces(disks)) === JSON.stringify(saved.disks)
  }
}

/** Of the machine's words alone: a new name is no other machine, nor is another disc, and how it gets its memory is none of it. */
export function machineHash(argv: readonly string[]): string {
  const machine = withoutDisc(argv)
  const words = machine.filter((word, at) => machine[at - 1] !== '-name' && word !== '-incoming' && word !== 'defer')
  return createHash('sha256').update(words.join('\0')).digest('hex')
}

/** Why the memory fits no machine that would be started now. */
export function machineProblem(
  saved: Pick<SavedRecord, 'accelerator' | 'machineHash' | 'qemuVersion'>,
  now: { readonly accelerator: string; readonly argv: readonly string[]; readonly qemuVersion: string },
): string | undefined {
  if (saved.accelerator !== now.accelerator) {
    return `it was saved under ${saved.accelerator}, and would run under ${now.accelerator} now`
  }
  if (isOlder(now.qemuVersion, saved.qemuVersion)) {
    return `it was saved by QEMU ${saved.qemuVersion}, and the host has the older ${now.qemuVersion} now`
  }
  return saved.machineHash === machineHash(now.argv) ? undefined : 'its virtual hardware is another one now'
}

function isOlder(one: string, other: string): boolean {
  const [a, b] = [numbers(one), numbers(other)]
  const at = a.findIndex((number, index) => number !== b[index])
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0)
}

/** Always three; what a distribution says behind them does not count. */
const numbers = (version: string): number[] =>
  [...(/^(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(version)?.slice(1) ?? []), 0, 0, 0]
    .slice(0, 3)
    .map((part) => Number(part ?? 0))
