/** As many agents introduce themselves at a time: enough to fill the store's group commits, few enough to answer beside. */
const TURNS = 32
/** An agent that takes longer is waited for beside the turns: a slow one must not keep the others out. */
const TURN_MS = 1_000

/** A thousand agents that come at once are taken one after another, so that the manager answers meanwhile. */
export class ConnectTurns {
  readonly #waiting: (() => void)[] = []
  #free = TURNS

  /** Resolves when it is the caller's turn, with what ends it. */
  async take(): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    let isOver = false
    const end = () => {
      clearTimeout(timer)
      if (!isOver) this.#next()
      isOver = true
    }
    const timer = setTimeout(end, TURN_MS)
    return end
  }

  #next(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free += 1
    else next()
  }
}
