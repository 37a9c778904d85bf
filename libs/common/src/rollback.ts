/**
 * What one function must take back when it fails half way. Steps run newest first unless `commit` was called;
 * every step is tried, also after one has failed, and the failures come out together.
 */
export class Rollback implements AsyncDisposable {
  #steps: (() => Promise<void> | void)[] = []

  add(step: () => Promise<void> | void): void {
    this.#steps.push(step)
  }

  commit(): void {
    this.#steps = []
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = []
    for (const step of this.#steps.splice(0).reverse()) {
      try {
        await step()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'not everything could be taken back')
  }
}
