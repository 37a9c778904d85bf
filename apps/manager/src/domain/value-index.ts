/** The entries that have a value, for each value. Most values of a name or an id have one entry: it needs no set. */
export class ValueIndex<E extends object> {
  readonly #byValue = new Map<string, E | Set<E>>()

  get values(): Iterable<string> {
    return this.#byValue.keys()
  }

  add(value: string, entry: E): void {
    const known = this.#byValue.get(value)
    if (known === undefined) this.#byValue.set(value, entry)
    else if (known instanceof Set) known.add(entry)
    else this.#byValue.set(value, new Set([known, entry]))
  }

  delete(value: string, entry: E): void {
    const known = this.#byValue.get(value)
    if (known === entry) this.#byValue.delete(value)
    if (!(known instanceof Set)) return
    known.delete(entry)
    if (known.size === 0) this.#byValue.delete(value)
  }

  clear(): void {
    this.#byValue.clear()
  }

  size(value: string): number {
    const known = this.#byValue.get(value)
    if (known === undefined) return 0
    return known instanceof Set ? known.size : 1
  }

  of(value: string): Iterable<E> {
    const known = this.#byValue.get(value)
    if (known === undefined) return []
    return known instanceof Set ? known : [known]
  }
}
