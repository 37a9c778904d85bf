import type { Terminal } from './terminal.ts'
import { cutTo, printable } from './width.ts'

const BAR_COLUMNS = 24
const CLEAR_LINE = '\r\x1b[K'
/** Some terminals say that they have none. */
const DEFAULT_COLUMNS = 80

export interface ProgressMoment {
  /** 0–1. */
  readonly progress: number
  readonly title: string
  /** Beside the percent: bytes, rate, time left. */
  readonly figures?: string
}

/**
 * One line about the work under way. On a terminal it is drawn over itself and gone at the end; elsewhere each
 * new title is a line of its own, so that a log stays readable; for programs there is none.
 */
export class ProgressLine implements Disposable {
  readonly #terminal: Terminal
  readonly #isBar: boolean
  #lastTitle = ''

  constructor(terminal: Terminal) {
    this.#terminal = terminal
    this.#isBar = terminal.err.isTTY === true
  }

  show(moment: ProgressMoment): void {
    if (this.#isBar) this.#terminal.err.write(`${CLEAR_LINE}${this.#bar(moment)}`)
    else if (moment.title !== this.#lastTitle) this.#terminal.note(moment.title)
    this.#lastTitle = moment.title
  }

  /** Makes room for a line that stays. */
  clear(): void {
    if (this.#isBar && this.#lastTitle !== '') this.#terminal.err.write(CLEAR_LINE)
  }

  [Symbol.dispose](): void {
    this.clear()
  }

  #bar({ progress, title, figures }: ProgressMoment): string {
    const share = Math.min(1, Math.max(0, progress))
    const full = Math.round(share * BAR_COLUMNS)
    const bar = `${this.#terminal.errColors.green('█'.repeat(full))}${'░'.repeat(BAR_COLUMNS - full)}`
    const percent = `${Math.floor(share * 100)}%`.padStart(4)
    const columns = this.#terminal.err.columns || DEFAULT_COLUMNS
    const words = figures === undefined ? title : `${figures}  ${title}`
    return `${bar} ${percent}  ${cutTo(printable(words), Math.max(1, columns - BAR_COLUMNS - 8))}`
  }
}
