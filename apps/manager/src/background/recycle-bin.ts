import { newId } from '../services/ids.ts'
import type { ServiceParts } from '../services/parts.ts'
import { purgeBeginning } from '../services/vm-actions.ts'
import type { VmService } from '../services/vms.ts'

/** Hours are held: a minute more does no harm. */
const EVERY_MS = 60_000

/** Deletes what is over its time in the recycle bin: a task like any other, by nobody but the system. */
export class RecycleBin {
  readonly #parts: ServiceParts
  readonly #vms: Pick<VmService, 'recycled'>
  readonly #now: () => number
  readonly #timer: NodeJS.Timeout
  #turn: Promise<void> | undefined
  #isClosed = false

  constructor(
    parts: ServiceParts,
    vms: Pick<VmService, 'recycled'>,
    onProblem: (error: unknown) => void,
    now: () => number = Date.now,
  ) {
    this.#parts = parts
    this.#vms = vms
    this.#now = now
    const sweep = () => void this.sweep().catch(onProblem)
    this.#timer = setInterval(sweep, EVERY_MS)
    sweep()
  }

  /** Begins to delete everything that is over its time; one turn at a time. */
  sweep(): Promise<void> {
    this.#turn ??= this.#sweep().finally(() => {
      this.#turn = undefined
    })
    return this.#turn
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    await this.#turn?.catch(() => undefined)
  }

  async #sweep(): Promise<void> {
    const { documents, engine } = this.#parts
    const failures: unknown[] = []
    for (const vmId of this.#vms.recycled()) {
      const vm = documents.vms.find(vmId)
      const until = vm?.value.recycled?.until
      // One that a task has is restored or purged just now: if it is still there next time, it is looked at again.
      if (this.#isClosed || vm === undefined || until === undefined || Date.parse(until) > this.#now()) continue
      if (documents.claims.find(`vm.${vmId}`) !== undefined) continue
      // What its host cannot read it cannot delete: it stays until the host can.
      if (documents.vmStatuses.find(vmId)?.value.heldBack !== undefined) continue
      await engine
        .begin(purgeBeginning(this.#parts, newId(), { vmId, vm: vm.value, revision: vm.revision }))
        .catch((error: unknown) => failures.push(error))
    }
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} VMs are over their time`)
  }
}
