import { chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { chmod, chown, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { VmExit } from '../domain/contract.ts'

/** What a start was: written before the spawn, read by the next agent. It lies in /run: a reboot forgets it. */
export interface Launched {
  readonly vmId: string
  readonly uid: number
  readonly revision: number
  readonly accelerator: 'kvm' | 'tcg'
  readonly qemuVersion: string
  readonly argv: readonly string[]
  readonly startedAt: string
}

/** QEMU's last words that are kept and told. */
const OUTPUT_BYTES = 2048

/**
 * The run folder of one VM, root's; QEMU's own part of it is `io`, with its sockets.
 *
 *   launched.json   what was started         intent   it is still wanted: removed, a late launcher does nothing
 *   started         its monitor has answered: from then on an end is a machine's end, before it is a failed start
 *   pid, exit       the launcher's word      ending   why we are about to end it, written before we do
 *   ended.json      how it ended, as told to the manager
 *   moving          its memory is being saved or loaded, and it stands still only for that
 *   tpm-pid, tpm-exit   the same of the helper that is its TPM (tpm.sh)
 *   paused          a person paused it: QEMU knows only that somebody did
 */
export class RunFolder {
  readonly path: string

  constructor(parent: string, vmId: string) {
    this.path = join(parent, vmId)
  }

  /**
   * Fresh, with nothing of an earlier start in it. At once: /run is memory, and six turns of the thread pool would cost a
   * start more than a millisecond.
   */
  prepare(launched: Launched): void {
    rmSync(this.path, { recursive: true, force: true })
    mkdirSync(this.path, { recursive: true, mode: 0o711 })
    mkdirSync(this.at('io'), { mode: 0o700 })
    chownSync(this.at('io'), launched.uid, launched.uid)
    writeFileSync(this.at('launched.json'), JSON.stringify(launched), { mode: 0o600 })
    writeFileSync(this.at('intent'), '', { mode: 0o600 })
  }

  /** All sockets exist: from now on QEMU can use them, but put nothing else, such as a link, in their place. */
  async closeIo(uid: number): Promise<void> {
    await chown(this.at('io'), 0, uid)
    await chmod(this.at('io'), 0o710)
  }

  at(name: string): string {
    return join(this.path, name)
  }

  async launched(): Promise<Launched | undefined> {
    const text = await this.#read('launched.json')
    return text === undefined ? undefined : (JSON.parse(text) as Launched)
  }

  /** QEMU's process, as the launcher wrote it. */
  async pid(): Promise<number | undefined> {
    return numberIn(await this.#read('pid'))
  }

  async exitCode(): Promise<number | undefined> {
    return numberIn(await this.#read('exit'))
  }

  /** Of what never became a launcher: one that did has written its own. */
  async writeFailedStart(code: number): Promise<void> {
    if (code !== 0 && (await this.exitCode()) === undefined) await this.#write('exit', String(code))
  }

  /** From now on a launcher that has not started QEMU yet will not. */
  revokeIntent(): Promise<void> {
    return rm(this.at('intent'), { force: true })
  }

  async markStarted(): Promise<void> {
    if (!(await this.hasStarted())) await this.#write('started', '')
  }

  async hasStarted(): Promise<boolean> {
    return (await this.#read('started')) !== undefined
  }

  /** At once, as in `prepare`: between a mark and what QEMU says nothing else may come. */
  markPaused(): void {
    writeFileSync(this.at('paused'), '', { mode: 0o600 })
  }

  unmarkPaused(): void {
    rmSync(this.at('paused'), { force: true })
  }

  async hasTpmEnded(): Promise<boolean> {
    return (await this.#read('tpm-exit')) !== undefined
  }

  async isPaused(): Promise<boolean> {
    return (await this.#read('paused')) !== undefined
  }

  markMoving(): void {
    writeFileSync(this.at('moving'), '', { mode: 0o600 })
  }

  unmarkMoving(): void {
    rmSync(this.at('moving'), { force: true })
  }

  async isMoving(): Promise<boolean> {
    return (await this.#read('moving')) !== undefined
  }

  markEnding(cause: VmExit['cause']): Promise<void> {
    return this.#write('ending', cause)
  }

  async ending(): Promise<VmExit['cause'] | undefined> {
    return (await this.#read('ending')) as VmExit['cause'] | undefined
  }

  writeEnded(exit: VmExit): Promise<void> {
    return this.#write('ended.json', JSON.stringify(exit))
  }

  async ended(): Promise<VmExit | undefined> {
    const text = await this.#read('ended.json')
    return text === undefined ? undefined : (JSON.parse(text) as VmExit)
  }

  /** The last lines that QEMU wrote. */
  async output(): Promise<string> {
    const file = await open(this.at('output'), 'r').catch(() => undefined)
    if (file === undefined) return ''
    try {
      const { size } = await file.stat()
      const length = Math.min(size, OUTPUT_BYTES)
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length)
      return buffer.toString('utf8', 0, bytesRead).trim()
    } finally {
      await file.close()
    }
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true })
  }

  async #read(name: string): Promise<string | undefined> {
    return readFile(this.at(name), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
  }

  async #write(name: string, text: string): Promise<void> {
    await writeFile(this.at(`${name}.new`), text, { mode: 0o600 })
    await rename(this.at(`${name}.new`), this.at(name))
  }
}

function numberIn(text: string | undefined): number | undefined {
  const value = Number(text?.trim())
  return text !== undefined && Number.isInteger(value) ? value : undefined
}
