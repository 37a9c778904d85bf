import pc from 'picocolors'
import { EXIT } from './errors.ts'
import type { Failure } from './failure.ts'
import { printable } from './width.ts'

export type OutputFormat = 'table' | 'json'

interface TextStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** What viv says: results on stdout, everything about the work on stderr. */
export class Terminal {
  readonly isJson: boolean
  readonly err: TextStream
  readonly colors: ReturnType<typeof pc.createColors>
  readonly errColors: ReturnType<typeof pc.createColors>
  readonly #out: TextStream

  constructor(format: OutputFormat, isColored: boolean, out: TextStream, err: TextStream) {
    this.isJson = format === 'json'
    this.err = err
    this.#out = out
    this.colors = pc.createColors(isColored && out.isTTY === true)
    this.errColors = pc.createColors(isColored && err.isTTY === true)
  }

  /** A result: the object for programs, the lines for people. */
  result(json: unknown, lines: () => readonly string[]): void {
    const text = this.isJson ? JSON.stringify(json, undefined, 2) : lines().join('\n')
    if (text !== '') this.#out.write(`${text}\n`)
  }

  table(json: unknown, lines: () => readonly string[]): void {
    this.result(json, () => {
      const [head = '', ...rows] = lines()
      return [this.colors.dim(head), ...rows]
    })
  }

  /** A word about the work, for people only. */
  note(text: string): void {
    if (!this.isJson) this.err.write(`${text}\n`)
  }

  failure({ exitCode, message, details, json }: Failure): void {
    if (this.isJson) {
      this.err.write(`${JSON.stringify(json, undefined, 2)}\n`)
      return
    }
    const { red, bold } = this.errColors
    const prefix = exitCode === EXIT.interrupted ? '' : `${red(bold('error:'))} `
    this.err.write(`${prefix}${printable(message)}\n`)
    for (const line of details) this.err.write(`  ${printable(line)}\n`)
  }
}
