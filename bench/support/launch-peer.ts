import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { QmpSession } from '@viv/qmp'
import { Cgroups } from '../../apps/agent/src/host/cgroups.ts'
import { readConfig } from '../../apps/agent/src/config.ts'
import { connectQmp, exitsWithin, spawnLauncher } from '../../apps/agent/src/qemu/launch.ts'
import { findProcess, killProcess } from '../../apps/agent/src/qemu/processes.ts'
import { type Launched, RunFolder } from '../../apps/agent/src/qemu/run-folder.ts'
import type { Product } from './product.ts'

const START_TIMEOUT_MS = 30_000
const QUIT_TIMEOUT_MS = 5_000

/** A QEMU of the peer, that is there until it is disposed of. */
export class PeerMachine implements AsyncDisposable {
  readonly folder: RunFolder
  readonly session: QmpSession
  #hasQuit = false

  constructor(folder: RunFolder, session: QmpSession) {
    this.folder = folder
    this.session = session
  }

  async quit(): Promise<void> {
    this.#hasQuit = true
    await this.session.execute('quit')
    if (!(await exitsWithin(this.folder, QUIT_TIMEOUT_MS))) throw new Error('QEMU did not quit')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasQuit) await this.quit()
    this.session.close()
  }
}

/** The least that a start can be: the same launcher and the same words, with nobody who remembers anything. */
export class LaunchPeer implements AsyncDisposable {
  readonly launched: Launched
  readonly folder: RunFolder
  readonly #cgroups: Cgroups
  readonly #gids: readonly number[]

  private constructor(launched: Launched, folder: RunFolder, cgroups: Cgroups, gids: readonly number[]) {
    this.launched = launched
    this.folder = folder
    this.#cgroups = cgroups
    this.#gids = gids
  }

  /** Of a VM that was started before: its run folder says how. */
  static async of({ root, folders }: Product, vmId: string): Promise<LaunchPeer> {
    const launched = await new RunFolder(folders.vmRun, vmId).launched()
    if (launched === undefined) throw new Error(`VM ${vmId} was never started`)
    const parent = join(folders.run, 'peer')
    await mkdir(parent, { mode: 0o711 })
    const cgroups = await Cgroups.open({ name: `vivarium-bench-${process.pid}` })
    const { imagesGid } = readConfig(['--root', root], 'bench')
    const kvm = launched.accelerator === 'kvm' ? [(await stat('/dev/kvm')).gid] : []
    return new LaunchPeer(launched, new RunFolder(parent, vmId), cgroups, [imagesGid, ...kvm])
  }

  /** Milliseconds from the spawn until QMP says that it runs; then ends it. */
  async start(): Promise<number> {
    await this.#cgroups.create(this.launched.vmId)
    const begunMs = performance.now()
    await using machine = await this.launch()
    while ((await machine.session.execute('query-status')).status !== 'running') {
      if (performance.now() - begunMs > START_TIMEOUT_MS) throw new Error('QEMU did not come to run')
    }
    return performance.now() - begunMs
  }

  /** Until its monitor answers. */
  async launch(words = (argv: readonly string[]) => argv): Promise<PeerMachine> {
    const { uid, argv, vmId } = this.launched
    const cgroupProcs = await this.#cgroups.create(vmId)
    this.folder.prepare(this.launched)
    await spawnLauncher({ folder: this.folder, uid, gids: this.#gids, cgroupProcs, argv: words(argv), scope: [] })
    const signal = AbortSignal.timeout(START_TIMEOUT_MS)
    return new PeerMachine(this.folder, await connectQmp(this.folder, START_TIMEOUT_MS, signal))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const pid = await this.folder.pid()
    const process = pid === undefined ? undefined : await findProcess(pid)
    if (process?.uid === this.launched.uid) await killProcess(process)
    await this.folder.remove()
    await this.#cgroups.removeAll()
  }
}
