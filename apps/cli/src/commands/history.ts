import type { HistoryEntry } from '@viv/api'
import { everyItem } from '@viv/client'
import { Command } from 'commander'
import { renderTable } from '../output/table.ts'
import { formatAge } from '../output/units.ts'
import { connectTo, contextOf, examples } from './context.ts'
import { parseCount } from './sizes.ts'

const SHOWN = 50
const VALUE_LENGTH = 60

interface HistoryOptions {
  readonly object?: string
  readonly kind?: string
  readonly by?: string
  readonly search?: string
  readonly limit?: number
  readonly all?: boolean
}

/** Also of what is deleted: an object's name or id finds it. */
export function historyCommand(): Command {
  const command = new Command('history')
    .description('Who changed what, when and why; also of what is deleted.')
    .option('--kind <kind>', 'only vm, image or token')
    .option('--object <id>', 'only the thing with this id')
    .option('--by <name>', 'only changes of this user')
    .option('--search <text>', 'text in a name, a reason or an id')
    .option('--limit <count>', `how many, the newest first; ${SHOWN} if not said`, (text) =>
      parseCount(text, '--limit'),
    )
    .option('--all', 'all of them')
    .action(async ({ object, limit, all, ...filters }: HistoryOptions, self: Command) => {
      const context = contextOf(self)
      const { client } = await connectTo(context)
      const query = { ...filters, ...(object === undefined ? {} : { objectId: object }) }
      const items =
        all === true
          ? await everyItem(client.historyList, query)
          : (await client.historyList({ query: { ...query, limit: String(limit ?? SHOWN) } })).items
      context.terminal.table({ items }, () => historyLines(items))
    })
  return examples(command, [
    'viv history --search web',
    'viv history --kind vm --by admin --limit 200',
    'viv vm history web',
    'viv vm revert web 12     back to what it was after change 12',
  ])
}

export function historyLines(entries: readonly HistoryEntry[]): string[] {
  const now = Date.now()
  return renderTable(
    ['CHANGE', 'WHEN', 'BY', 'WHAT', 'NAME', 'CHANGED', 'WHY'],
    entries.map((entry) => [
      entry.id,
      `${formatAge(entry.at, now)} ago`,
      entry.by,
      entry.action,
      entry.name,
      changedText(entry),
      entry.why ?? '',
    ]),
  )
}

/** What was edited; a thing that is new or gone has no before or after worth a column. */
function changedText({ changes, isDeleted, action }: HistoryEntry): string {
  if (isDeleted) return 'deleted'
  if (action.endsWith('Create') || action === 'imageUpload') return 'new'
  return changes.map(({ path, before, after }) => `${path}: ${short(before)} → ${short(after)}`).join('; ')
}

function short(value: unknown): string {
  const text = value === undefined ? '–' : typeof value === 'string' ? value || '""' : JSON.stringify(value)
  return text.length > VALUE_LENGTH ? `${text.slice(0, VALUE_LENGTH)}…` : text
}
