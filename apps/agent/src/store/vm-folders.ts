import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  AppError,
  type Format,
  HOST_FORMATS,
  isReadable,
  type JsonObject,
  type KindFormat,
  readAs,
  refuse,
  writeAs,
} from '@viv/common'
import type { VmConfig } from '../domain/contract.ts'
import { syncFolder, writeDurably } from './durable-file.ts'

const KIND = 'vm.json'
/** Beside the VMs' folders: in which format their descriptions are written, once that is not the first one. */
const WRITTEN = '.written.json'

/** A VM that is here and whose description this version cannot read: nothing is known of it, and nothing of it is touched. */
export interface UnreadableVm {
  readonly vmId: string
  readonly why: AppError
  /** As far as it can be told: nobody else is given it. */
  readonly uidIndex?: number
}

/** `<folder>/<vmId>/vm.json`: what is wanted of each VM on this host, so that it can be started with no manager. */
export class VmFolders {
  readonly #folder: string
  readonly #format: Format<VmConfig>
  #written = 1

  constructor(folder: string, format: Format<VmConfig> = { newest: HOST_FORMATS[KIND] ?? 1 }) {
    this.#folder = folder
    this.#format = format
  }

  /** How it writes, and could. */
  get format(): KindFormat {
    return { kind: KIND, written: this.#written, newest: this.#format.newest }
  }

  /** From now on, and for whoever comes after; never back. */
  async writeAs(version: number): Promise<void> {
    const { written, newest } = this.format
    if (version <= written) return
    if (version > newest) throw refuse('agent_refused', { step: KIND, problem: `format ${version} is not known here` })
    await writeDurably(join(this.#folder, WRITTEN), JSON.stringify({ format: 1, [KIND]: version }))
    this.#written = version
  }

  /** Every VM that is defined here; what a removal left half done goes. One that cannot be read keeps nobody else's from being read. */
  async list(): Promise<{ configs: VmConfig[]; unreadable: UnreadableVm[] }> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    // An older agent than the one that wrote it goes on as it can.
    this.#written = Math.min(await this.#readWritten(), this.#format.newest)
    const configs: VmConfig[] = []
    const unreadable: UnreadableVm[] = []
    for (const name of await readdir(this.#folder)) {
      if (name.startsWith(REMOVED)) await rm(join(this.#folder, name), { recursive: true, force: true })
      else if (!name.startsWith('.')) {
        try {
          configs.push(...(await this.#readAnew(name)))
        } catch (error) {
          if (!(error instanceof AppError)) throw error
          unreadable.push({ vmId: name, why: error, ...(await this.#uidIndex(name)) })
        }
      }
    }
    return { configs, unreadable }
  }

  /** What was wanted last; undefined where the VM is not defined here. */
  async find(vmId: string): Promise<VmConfig | undefined> {
    return (await this.#read(vmId))[0]?.config
  }

  async write(config: VmConfig): Promise<void> {
    const folder = join(this.#folder, config.vmId)
    const isNew = (await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined
    await writeDurably(
      join(folder, 'vm.json'),
      JSON.stringify({ format: this.#written, ...writeAs(this.#format, this.#written, config) }),
    )
    if (isNew) await syncFolder(this.#folder)
  }

  /** Renamed first: a VM is there whole, or not at all. */
  async remove(vmId: string): Promise<void> {
    const removed = join(this.#folder, `${REMOVED}${vmId}`)
    try {
      await rename(join(this.#folder, vmId), removed)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    await syncFolder(this.#folder)
    await rm(removed, { recursive: true, force: true })
  }

  async #uidIndex(vmId: string): Promise<Pick<UnreadableVm, 'uidIndex'>> {
    const text = await readFile(join(this.#folder, vmId, 'vm.json'), 'utf8').catch(() => '')
    const uidIndex = Number(/"uidIndex"\s*:\s*(\d+)/.exec(text)?.[1])
    return Number.isInteger(uidIndex) ? { uidIndex } : {}
  }

  async #readWritten(): Promise<number> {
    const text = await readFile(join(this.#folder, WRITTEN), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '{}'
      throw error
    })
    return (JSON.parse(text) as { [KIND]?: number })[KIND] ?? 1
  }

  /** undefined where what lies there is of no use to its format. */
  #decode(format: number, written: JsonObject): VmConfig | undefined {
    try {
      return readAs(this.#format, format, written)
    } catch {
      return undefined
    }
  }

  /** Written otherwise than it is now written: an agent before had begun to write all of them anew. */
  async #readAnew(vmId: string): Promise<VmConfig[]> {
    const found = await this.#read(vmId)
    for (const { config, format } of found) {
      // Where there is no room it stays as it is, which is read as well: no VM is held up by that.
      if (format !== this.#written) await this.write(config).catch(() => undefined)
    }
    return found.map(({ config }) => config)
  }

  /** Empty where the folder was made, but its vm.json never written. */
  async #read(vmId: string): Promise<{ config: VmConfig; format: number }[]> {
    const file = join(this.#folder, vmId, 'vm.json')
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw damaged(vmId, file, error)
    })
    if (text === undefined) return []
    const { newest } = this.#format
    const { format, ...rest } = parse(vmId, file, text)
    if (typeof format !== 'number' || !Number.isInteger(format) || format < 1) throw damaged(vmId, file)
    if (format > newest) throw refuse('vm_description_newer', { name: vmId, file, format, known: newest })
    if (!isReadable(this.#format, format))
      throw refuse('vm_description_older', { name: vmId, file, format, oldest: newest - 1 })
    const config = this.#decode(format, rest)
    if (config?.vmId !== vmId || !Number.isInteger(config.uidIndex)) throw damaged(vmId, file)
    return [{ config, format }]
  }
}

function parse(vmId: string, path: string, text: string): JsonObject {
  try {
    // `null` and a bare number are JSON too: of them nothing is there.
    return Object(JSON.parse(text)) as JsonObject
  } catch (error) {
    throw damaged(vmId, path, error)
  }
}

const damaged = (vmId: string, file: string, cause?: unknown): AppError =>
  refuse('vm_description_damaged', { name: vmId, file }, { cause })

const REMOVED = '.removed-'
