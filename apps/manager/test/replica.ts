import { EventReader } from './event-reader.ts'
import { type Platform, until } from './platform.ts'

export type Vm = Readonly<Record<string, unknown>>

/**
 * What a console keeps: the list as it was read once, and every change since. It may leave, and comes back with the last
 * id that it has; where that is too old it reads the list again.
 */
export class Replica implements Disposable {
  readonly vms = new Map<string, Vm>()
  readonly #platform: Platform
  #reader: EventReader | undefined
  #applied = 0
  #place = ''

  constructor(platform: Platform) {
    this.#platform = platform
  }

  get isHere(): boolean {
    return this.#reader !== undefined
  }

  async come(): Promise<void> {
    if (this.#place === '') await this.#list()
    this.#reader = await EventReader.open(this.#platform, `?kinds=vm&since=${this.#place}`)
    this.#applied = 0
  }

  /** It knows what it has heard by now. */
  leave(): void {
    this.apply()
    this.#reader?.[Symbol.dispose]()
    this.#reader = undefined
  }

  /** Takes what was told. A transaction counts when its last message, the one with the id, has come. */
  apply(): void {
    const told = this.#reader?.told ?? []
    const whole = told.findLastIndex(({ id }) => id !== undefined) + 1
    for (const { id, event, data } of told.slice(this.#applied, whole)) {
      if (event === 'start_over') throw new Error('the stream has lost its place')
      if (event === 'vm') this.#take(data.id ?? '', data.object ?? undefined)
      if (id !== undefined) this.#place = id
    }
    this.#applied = Math.max(this.#applied, whole)
  }

  /** Until it shows what the list shows; what differs is the failure. */
  async settle(): Promise<void> {
    if (!this.isHere) await this.come()
    const listed = new Map((await readAll(this.#platform)).items.map((vm) => [String(vm['id']), vm]))
    const shown = () => {
      this.apply()
      return JSON.stringify([...this.vms.values()].map(essence).sort())
    }
    const wanted = JSON.stringify([...listed.values()].map(essence).sort())
    await until(() => shown() === wanted, 5_000).catch(() => {
      throw new Error(`the stream tells ${shown()}, the list ${wanted}`)
    })
  }

  [Symbol.dispose](): void {
    this.#reader?.[Symbol.dispose]()
  }

  /** A configuration never goes back in its revisions: what is told is as it was then, or newer. */
  #take(id: string, vm: Vm | undefined): void {
    const before = this.vms.get(id)
    if (vm === undefined) this.vms.delete(id)
    else this.vms.set(id, vm)
    if (before !== undefined && vm !== undefined && revisionOf(vm) < revisionOf(before)) {
      throw new Error(`VM ${id} went back from ${revisionOf(before)} to ${revisionOf(vm)}`)
    }
  }

  async #list(): Promise<void> {
    const { items, revision } = await readAll(this.#platform)
    this.vms.clear()
    for (const vm of items) this.vms.set(String(vm['id']), vm)
    this.#place = revision
  }
}

async function readAll(platform: Platform): Promise<{ items: Vm[]; revision: string }> {
  const { body } = await platform.call('GET', '/v1/vms?limit=1000')
  return { items: body['items'] as Vm[], revision: String(body['revision']) }
}

const revisionOf = (vm: Vm): number => Number(String(vm['revision']).split('.')[1])
const essence = ({ id, name, notes, state, revision }: Vm): string => JSON.stringify([id, name, notes, state, revision])
