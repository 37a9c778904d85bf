import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError, refuse } from '@viv/common'
import type { VmConfig } from '../domain/contract.ts'
import { syncFolder, writeDurably } from './durable-file.ts'

/** Of the documents that this version writes. */
const FORMAT = 1

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

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Every VM that is defined here; what a removal left half done goes. One that cannot be read keeps nobody else's from being read. */
  async list(): Promise<{ configs: VmConfig[]; unreadable: UnreadableVm[] }> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const configs: VmConfig[] = []
    const unreadable: UnreadableVm[] = []
    for (const name of await readdir(this.#folder)) {
      if (name.startsWith(REMOVED)) await rm(join(this.#folder, name), { recursive: true, force: true })
      else {
        try {
          configs.push(...(await this.#read(name)))
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
    return (await this.#read(vmId))[0]
  }

  async write(config: VmConfig): Promise<void> {
    const folder = join(this.#folder, config.vmId)
    const isNew = (await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined
    await writeDurably(join(folder, 'vm.json'), JSON.stringify({ format: FORMAT, ...config }))
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

  /** Empty where the folder was made, but its vm.json never written. */
  async #read(vmId: string): Promise<VmConfig[]> {
    const path = join(this.#folder, vmId, 'vm.json')
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw damaged(vmId, path, error)
    })
    if (text === undefined) return []
    const { format, ...config } = parse(vmId, path, text)
    if (Number.isInteger(format) && format > FORMAT)
      throw refuse('vm_description_newer', { name: vmId, file: path, format, known: FORMAT })
    if (format !== FORMAT || config.vmId !== vmId || !Number.isInteger(config.uidIndex)) throw damaged(vmId, path)
    return [config]
  }
}

function parse(vmId: string, path: string, text: string): { format: number } & VmConfig {
  try {
    // `null` and a bare number are JSON too: of them nothing is there.
    return Object(JSON.parse(text)) as { format: number } & VmConfig
  } catch (error) {
    throw damaged(vmId, path, error)
  }
}

const damaged = (vmId: string, file: string, cause?: unknown): AppError =>
  refuse('vm_description_damaged', { name: vmId, file }, { cause })

const REMOVED = '.removed-'
