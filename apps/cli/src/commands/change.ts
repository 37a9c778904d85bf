import type { Plan } from '@viv/api'
import type { Command } from 'commander'
import { CliError } from '../output/errors.ts'
import { fixCommand } from '../output/fixes.ts'
import type { Terminal } from '../output/terminal.ts'

/** What every command that changes something takes. */
export interface ChangeOptions {
  readonly plan?: boolean
  readonly why?: string
}

export const changeOptions = (command: Command): Command =>
  command
    .option('--plan', 'change nothing: tell what would happen, and everything that stands in the way')
    .option('--why <text>', 'the reason, kept in the history')

export const whyQuery = ({ why }: ChangeOptions): { why?: string } => (why === undefined ? {} : { why })

/** Tells plans, and fails where one of them could not be carried out. */
export function showPlans(terminal: Terminal, plans: readonly Plan[]): void {
  const [first] = plans
  terminal.result(plans.length === 1 ? first : { items: plans }, () => plans.flatMap(planLines))
  if (plans.some(({ allowed }) => !allowed)) throw new CliError('refused', 'It can not be done now.')
}

function planLines({ effects, warnings, blockers }: Plan): string[] {
  const does = effects.map(({ message, when }) => `  ${message}${when === 'now' ? '' : ' (after a restart)'}`)
  return [
    ...(does.length === 0 ? [] : ['It would do this:', ...does]),
    ...section('To be known before:', warnings),
    ...(blockers.length === 0 ? [] : ['In the way:']),
    ...blockers.flatMap((blocker) => {
      const command = fixCommand(blocker)
      return [`  ${blocker.message}`, ...(command === undefined ? [] : [`    Try: ${command}`])]
    }),
  ]
}

function section(title: string, lines: readonly { readonly message: string }[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map(({ message }) => `  ${message}`)]
}
