import { constants } from 'node:fs'
import { chmod, chown, lstat, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { refuse, type VmHardware } from '@viv/common'
import type { Outgoing } from '../domain/backend.ts'
import type { FirmwareMemory } from '../domain/contract.ts'
import { type FirmwareFiles, ovmf } from '../domain/firmware-files.ts'
import { syncFolder } from '../store/durable-file.ts'
import { absentIsUndefined, openNew } from './datastore-folder.ts'
import { openOutgoing } from './outgoing.ts'

/** Passed through by the VM, looked into by root alone. */
const FOLDER_MODE = 0o711
const TPM = 'tpm'
/** Where swtpm keeps all that outlives it. */
const TPM_CONTENT = 'tpm2-00.permall'

type Wanted = Pick<VmHardware, 'firmware' | 'secureBoot' | 'tpm'>

/** What a UEFI and a TPM remember, as it was sent to us; swtpm writes 20 KiB, the variables of OVMF have half a MiB. */
export interface ReceivedMemories {
  readonly variables: Buffer | undefined
  /** Empty where it has never run. */
  readonly tpm: Buffer | undefined
}
export const MEMORY_BYTES_MAX = 4 * 1024 * 1024

interface Preparing {
  readonly wanted: Wanted
  readonly before: Wanted | undefined
  readonly uid: number
  /** Another VM, that stands: this one begins with what that remembers. */
  readonly source: { readonly name: string; readonly hardware: Wanted; readonly state: FirmwareState } | undefined
  readonly received: ReceivedMemories | undefined
}

/**
 * What a machine itself remembers, beside its disks: `<datastore>/firmware/<vmId>/`.
 *
 *   variables.fd, variables.secure.fd   of its UEFI: boot entries, keys; 0600 of the VM's uid, one of them
 *   tpm/                                of its TPM, written by its helper; 0700 of the VM's uid
 *
 * They are made when they are first wanted, and go with the first start of a machine that wants them no more, or with the VM. Where something is gone
 * that was there, the VM is not started: a TPM made afresh would lose the keys that its disks are locked by, in silence.
 */
export class FirmwareState {
  readonly #parent: string
  readonly #folder: string

  constructor(datastore: string, vmId: string) {
    this.#parent = join(datastore, 'firmware')
    this.#folder = join(this.#parent, vmId)
  }

  /** Makes what is wanted now and was not before. What an interrupted start of it has left is kept. */
  async prepare({ wanted, before, uid, source, received }: Preparing): Promise<void> {
    const variables = variablesOf(wanted)
    const isNew = variables !== undefined && variables !== variablesOf(before ?? {})
    const isNewTpm = wanted.tpm === true && before?.tpm !== true
    if (!isNew && !isNewTpm) return
    await this.#begin()
    const copied = source === undefined ? {} : await source.state.files(source)
    if (isNew) {
      const isSame = source !== undefined && variablesOf(source.hardware) === variables
      const template = await readFile(ovmf(wanted.secureBoot === true).template)
      const copy = isSame && copied.firmware !== undefined ? await readFile(copied.firmware.variables) : undefined
      const content = copy ?? fitting(received?.variables, template.length)
      await this.#makeVariables(variables, content ?? template, uid)
    }
    if (isNewTpm) await this.#makeTpm(received?.tpm ?? copied.tpmState, uid)
    await syncFolder(this.#folder)
  }

  /** What is not wanted any more goes. */
  async tidy(wanted: Wanted): Promise<void> {
    const variables = variablesOf(wanted)
    if (variables === undefined && wanted.tpm !== true) return this.drop()
    const unwanted = VARIABLES.filter((name) => name !== variables)
    for (const name of unwanted) await rm(this.#at(name), { force: true })
    if (wanted.tpm !== true) await rm(this.#at(TPM), { recursive: true, force: true })
  }

  /** Where a start finds them; refused where one is gone. */
  async files({
    name,
    hardware,
  }: {
    readonly name: string
    readonly hardware: Wanted
  }): Promise<{ readonly firmware?: FirmwareFiles; readonly tpmState?: string }> {
    const variables = variablesOf(hardware)
    const gone = async (file: string, what: string): Promise<void> => {
      if ((await lstat(this.#at(file)).catch(absentIsUndefined)) !== undefined) return
      throw refuse('firmware_state_gone', { name, what })
    }
    if (variables !== undefined) await gone(variables, 'UEFI variables')
    if (hardware.tpm === true) await gone(TPM, 'TPM state')
    const { code } = ovmf(hardware.secureBoot === true)
    return {
      ...(variables === undefined ? {} : { firmware: { code, variables: this.#at(variables) } }),
      ...(hardware.tpm === true ? { tpmState: this.#at(TPM) } : {}),
    }
  }

  /** What one of them remembers; nothing yet where a TPM has never run. */
  async send(memory: FirmwareMemory, of: { readonly name: string; readonly hardware: Wanted }): Promise<Outgoing> {
    const { firmware, tpmState } = await this.files(of)
    const path = memory === 'variables' ? firmware?.variables : tpmState && join(tpmState, TPM_CONTENT)
    if (path === undefined) throw refuse('not_found', { kind: memory, id: of.name })
    const isEmpty = memory === 'tpm' && (await lstat(path).catch(absentIsUndefined)) === undefined
    return isEmpty ? { sizeBytes: 0, content: Readable.from([]) } : openOutgoing(path, memory)
  }

  /** Does nothing where there is none. */
  async drop(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }

  #at(name: string): string {
    return join(this.#folder, name)
  }

  async #begin(): Promise<void> {
    for (const folder of [this.#parent, this.#folder]) {
      await mkdir(folder, { recursive: true })
      await chmod(folder, FOLDER_MODE)
    }
    await syncFolder(this.#parent)
  }

  /** Whole and on disk once it has its name. */
  async #makeVariables(name: string, content: Buffer, uid: number): Promise<void> {
    if ((await lstat(this.#at(name)).catch(absentIsUndefined)) !== undefined) return
    const path = this.#at(`${name}.new`)
    await rm(path, { force: true })
    await writeNew(path, content, uid)
    await rename(path, this.#at(name))
  }

  /** Whole once it has its name, as the variables are. */
  async #makeTpm(from: string | Buffer | undefined, uid: number): Promise<void> {
    if ((await lstat(this.#at(TPM)).catch(absentIsUndefined)) !== undefined) return
    const folder = this.#at(`${TPM}.new`)
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { mode: 0o700 })
    if (typeof from === 'string') {
      for (const name of await readdir(from)) await copyFile(join(from, name), join(folder, name), uid)
    } else if (from !== undefined && from.length > 0) await writeNew(join(folder, TPM_CONTENT), from, uid)
    await chown(folder, uid, uid)
    await syncFolder(folder)
    await rename(folder, this.#at(TPM))
  }
}

async function copyFile(from: string, to: string, uid: number): Promise<void> {
  // Another VM's uid wrote it: a link, or anything else but a file, is nothing that its TPM makes.
  await using source = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  if ((await source.stat()).isFile()) await writeNew(to, await source.readFile(), uid)
}

async function writeNew(path: string, content: Buffer, uid: number): Promise<void> {
  await using file = await openNew(path, { uid, gid: uid }, 0o600)
  await file.writeFile(content)
  await file.sync()
}

/** QEMU lays code and variables side by side: those of another build of the firmware do not fit. */
function fitting(variables: Buffer | undefined, sizeBytes: number): Buffer | undefined {
  if (variables === undefined || variables.length === sizeBytes) return variables
  throw refuse('variables_differ', { sizeBytes: variables.length, wantedBytes: sizeBytes })
}

const VARIABLES = ['variables.fd', 'variables.secure.fd'] as const

function variablesOf({ firmware, secureBoot }: Wanted): (typeof VARIABLES)[number] | undefined {
  if (firmware !== 'uefi') return undefined
  return secureBoot === true ? 'variables.secure.fd' : 'variables.fd'
}
