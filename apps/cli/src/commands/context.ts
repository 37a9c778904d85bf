import type { Command } from 'commander'
import type { Connection } from '../connection/connection.ts'
import { type OutputFormat, Terminal } from '../output/terminal.ts'

/** Options that every command takes. */
export interface GlobalOptions {
  readonly root?: string
  readonly server?: string
  readonly output: OutputFormat
  readonly color: boolean
}

export interface Context {
  readonly globals: GlobalOptions
  readonly terminal: Terminal
}

export function contextOf(command: Command): Context {
  const globals = command.optsWithGlobals<GlobalOptions>()
  return { globals, terminal: terminalOf(globals) }
}

/** https://no-color.org: set to anything but nothing. */
export function terminalOf({ output, color }: Pick<GlobalOptions, 'output' | 'color'>): Terminal {
  const isColored = color && (process.env['NO_COLOR'] ?? '') === ''
  return new Terminal(output, isColored, process.stdout, process.stderr)
}

/** The contract is loaded only by commands that talk, so that help is quick. */
export async function connectTo({ globals }: Context): Promise<Connection> {
  const { connect } = await import('../connection/connection.ts')
  return connect(globals)
}

export const examples = (command: Command, lines: readonly string[]): Command =>
  command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`)
