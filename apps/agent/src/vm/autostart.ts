import { setTimeout as delay } from 'node:timers/promises'
import { AUTOSTART_LIMITS, causeChain } from '@viv/common'
import type { VmConfig, VmStatus } from '../domain/contract.ts'
import { opErrorOf } from '../domain/op-error.ts'
import { startLine, turnOf, waitMs } from '../domain/start-line.ts'
import type { BootFile, BootRecord, Turn } from '../store/boot-record.ts'

/** Where a process may die; tests stop it exactly there. */
export type AutostartMoment = 'before-start' | 'after-start' | 'after-note'

interface StartedVm {
  readonly config: VmConfig
  start(config: VmConfig, signal: AbortSignal): Promise<void>
  wake(config: VmConfig, signal: AbortSignal): Promise<void>
}

/** The VMs of this host, as the line needs them. */
export interface StartedVms {
  configs(): VmConfig[]
  /** Those whose description cannot be read here: whether they start with the host says their next agent. */
  unreadable(): readonly string[]
  find(vmId: string): StartedVm | undefined
}

export interface AutostartParts {
  readonly file: BootFile
  readonly bootId: string
  readonly tell: (status: VmStatus) => void
  readonly log: (message: string, facts: object) => void
  readonly onMoment?: (moment: AutostartMoment, vmId: string) => void
}

/** Longer than any delay that can be asked for, a clock is wrong. */
const LONGEST_DELAY_MS = AUTOSTART_LIMITS.delaySeconds * 1000

/**
 * Starts VMs with their host, in an order, from the agent's own folders: no manager is needed, and none is asked.
 *
 *   another boot id than was noted ─▶ note it with everybody's turn ─▶ turn ─▶ note ─▶ delay ─▶ turn …
 *   the same boot id               ─▶ go on where the agent before has come to, or nothing
 *
 * A turn is over once it is noted: it comes once for each start of the host, whatever becomes of the VM afterwards.
 * Whatever a manager decides about a VM that waits ends its turn (docs/decisions/0023).
 */
export class Autostart {
  readonly #parts: AutostartParts
  readonly #statuses = new Map<string, VmStatus>()
  readonly #turns = new Map<string, Turn>()
  readonly #stop = new AbortController()
  #vms: StartedVms | undefined
  #nextAt: string | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(parts: AutostartParts) {
    this.#parts = parts
  }

  /** What a VM's owner says of it goes on from here, with its turn. */
  hear(status: VmStatus): void {
    this.#statuses.set(status.vmId, status)
    this.#parts.tell(this.#withTurn(status))
  }

  gone(vmId: string): void {
    this.#statuses.delete(vmId)
  }

  /** All VMs have been taken over: finds out whether the host was started since an agent last looked. */
  async open(vms: StartedVms): Promise<void> {
    const { file, bootId, log } = this.#parts
    this.#vms = vms
    const known = await file.read()
    const isBooted = known !== undefined && known.bootId !== bootId
    const turns = isBooted ? newTurns(vms) : (known?.turns ?? [])
    for (const turn of turns) this.#turns.set(turn.vmId, turn)
    if (!isBooted) this.#nextAt = known?.nextAt
    if (isBooted) log('the host was started', { vms: turns.length })
    if (known?.bootId !== bootId) await this.#note()
    for (const { vmId } of vms.configs()) this.changed(vmId)
  }

  /** To be called when the manager can be heard: until then it could not decide otherwise. */
  begin(): void {
    this.#running = this.#run().catch((error: unknown) => {
      if (!this.#stop.signal.aborted) this.#parts.log('the start of the VMs cannot go on', { error: causeChain(error) })
    })
  }

  /** What was begun goes back; the next agent begins it again. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('the agent stops'))
    await this.#running
  }

  /** Somebody decided about the VM: it is not started here any more. */
  async takeOut(vmId: string): Promise<void> {
    const turn = this.#turns.get(vmId)
    if (turn === undefined || turn.state === 'over') return
    this.#turns.set(vmId, { vmId, state: 'over' })
    await this.#note()
    this.changed(vmId)
  }

  /** Its config is another one. One that is not to start with the host any more is out of the line. */
  async configured(vmId: string): Promise<void> {
    if (this.#vms?.find(vmId)?.config.autostart === undefined) await this.takeOut(vmId)
    this.changed(vmId)
  }

  /** Says the VM's status again, where there is anything to be said about its turn. */
  changed(vmId: string): void {
    const status = this.#statuses.get(vmId)
    if (status !== undefined) this.hear(status)
  }

  async #run(): Promise<void> {
    const isUnreadable = (vmId: string) => this.#vms?.unreadable().includes(vmId) === true
    for (const vmId of this.#turns.keys()) {
      if (this.#turns.get(vmId)?.state !== 'waiting' || isUnreadable(vmId)) continue
      await this.#untilNext()
      // Somebody may have decided otherwise while it waited.
      if (this.#turns.get(vmId)?.state === 'waiting') await this.#take(vmId)
    }
  }

  async #untilNext(): Promise<void> {
    const { signal } = this.#stop
    await delay(waitMs(this.#nextAt, Date.now(), LONGEST_DELAY_MS), undefined, { signal })
  }

  async #take(vmId: string): Promise<void> {
    const { log, onMoment } = this.#parts
    const vm = this.#vms?.find(vmId)
    onMoment?.('before-start', vmId)
    try {
      if (vm !== undefined) await this.#start(vm)
      onMoment?.('after-start', vmId)
      await this.#end(vmId, vm?.config.autostart?.delaySeconds)
      onMoment?.('after-note', vmId)
    } catch (error) {
      this.#stop.signal.throwIfAborted()
      // Its start was broken off by whoever decided otherwise.
      if (this.#turns.get(vmId)?.state !== 'waiting') return
      log('a VM could not be started with the host', { vmId, name: vm?.config.name, error: causeChain(error) })
      this.#turns.set(vmId, { vmId, state: 'failed', failure: { ...opErrorOf(error), at: new Date().toISOString() } })
      await this.#note()
      this.changed(vmId)
    }
  }

  async #start(vm: StartedVm): Promise<void> {
    const { config } = vm
    const status = this.#statuses.get(config.vmId)
    const turn = status === undefined || config.autostart === undefined ? 'none' : turnOf(status)
    if (turn === 'none') return
    this.#parts.log('a VM is started with the host', { vmId: config.vmId, name: config.name, turn })
    await (turn === 'wake' ? vm.wake(config, this.#stop.signal) : vm.start(config, this.#stop.signal))
  }

  async #end(vmId: string, delaySeconds = 0): Promise<void> {
    this.#nextAt = new Date(Date.now() + delaySeconds * 1000).toISOString()
    this.#turns.set(vmId, { vmId, state: 'over' })
    await this.#note()
    this.changed(vmId)
  }

  #note(): Promise<void> {
    const { file, bootId } = this.#parts
    const record: BootRecord = { bootId, turns: [...this.#turns.values()] }
    return file.write(this.#nextAt === undefined ? record : { ...record, nextAt: this.#nextAt })
  }

  #withTurn(status: VmStatus): VmStatus {
    const config = this.#vms?.find(status.vmId)?.config
    if (config?.autostart === undefined) return status
    const turn = this.#turns.get(status.vmId)
    return {
      ...status,
      autostart: {
        ...config.autostart,
        revision: config.revision,
        ...(turn?.state === 'waiting' ? { isWaiting: true } : {}),
        ...(turn?.failure === undefined ? {} : { failure: turn.failure }),
      },
    }
  }
}

/** What cannot be read keeps its turn, after all others, for an agent that can. */
const newTurns = (vms: StartedVms): Turn[] =>
  [...startLine(vms.configs()).map(({ vmId }) => vmId), ...vms.unreadable()].map((vmId) => ({ vmId, state: 'waiting' }))
