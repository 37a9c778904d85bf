import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { VmConfig } from '../domain/contract.ts'
import { syncFolder, writeDurably } from './durable-file.ts'

/** Of the documents that this version writes. */
const FORMAT = 1

/** `<folder>/<vmId>/vm.json`: what is wanted of each VM on this host, so that it can be started with no manager. */
export class VmFolders {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Every VM that is defined here; what a removal left half done goes. */
  async list(): Promise<VmConfig[]> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const configs: VmConfig[] = []
    for (const name of await readdir(this.#folder)) {
      if (name.startsWith(REMOVED)) await rm(join(this.#folder, name), { recursive: true, force: true })
      else configs.push(...(await this.#read(name)))
    }
    return configs
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

  /** Empty where the folder was made, but its vm.json never written. */
  async #read(vmId: string): Promise<VmConfig[]> {
    const path = join(this.#folder, vmId, 'vm.json')
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (text === undefined) return []
    const { format, ...config } = JSON.parse(text) as { format: number } & VmConfig
    if (format !== FORMAT) throw new Error(`${path} has format ${format}; this version knows ${FORMAT}`)
    return [config]
  }
}

const REMOVED = '.removed-'
