import type { Task } from '@viv/api'
import { type Client, everyItem } from '@viv/client'
import { Command } from 'commander'
import { CliError, usageError } from '../output/errors.ts'
import { renderFields, renderTable } from '../output/table.ts'
import { formatAge } from '../output/units.ts'
import { connectTo, contextOf, examples } from './context.ts'
import { waitForTask } from './wait.ts'

const SHOWN = 20

export function taskCommand(): Command {
  const task = new Command('task').description('Work that is under way, and how it ended.')
  for (const command of [listCommand(), showCommand(), waitCommand(), cancelCommand()]) task.addCommand(command)
  return examples(task, ['viv task list', 'viv task wait ID', 'viv task cancel ID'])
}

function listCommand(): Command {
  const command = new Command('list')
    .summary(`the ${SHOWN} newest tasks`)
    .option('--all', 'all of them')
    .action(async ({ all }: { all?: boolean }, self: Command) => {
      const context = contextOf(self)
      const { client } = await connectTo(context)
      const shown =
        all === true
          ? await everyItem(client.taskList, {})
          : (await client.taskList({ query: { limit: String(SHOWN) } })).items
      const now = Date.now()
      const row = (task: Task) => [
        task.id,
        task.action,
        target(task),
        task.state,
        percent(task),
        ago(task.startedAt, now),
      ]
      context.terminal.table({ items: shown }, () =>
        renderTable(['ID', 'ACTION', 'TARGET', 'STATE', 'DONE', 'STARTED'], shown.map(row)),
      )
    })
  return examples(command, ['viv task list', 'viv task list --all -o json'])
}

const target = ({ target: { kind, name } }: Task): string => `${kind} ${name}`
const percent = ({ progress }: Task): string => `${Math.floor(progress * 100)}%`
const ago = (since: string, now: number): string => `${formatAge(since, now)} ago`

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The task with this id, or the only one whose id begins so. */
async function idOf(client: Client, word: string): Promise<string> {
  if (UUID.test(word)) return word
  const [only, ...others] = (await everyItem(client.taskList, { search: word })).filter(({ id }) => id.startsWith(word))
  if (only !== undefined && others.length === 0) return only.id
  if (only === undefined)
    throw new CliError('not_found', `There is no task "${word}".`, ['All of them: viv task list --all'])
  throw usageError(
    `Several tasks begin with ${word}. Say more of the id.`,
    [only, ...others].map(({ id }) => id),
  )
}

function showCommand(): Command {
  const command = new Command('show')
    .summary('one task')
    .argument('<id>', 'its id, or how the id begins')
    .action(async (word: string, _options: object, self: Command) => {
      const context = contextOf(self)
      const { client } = await connectTo(context)
      const task = await client.taskGet({ params: { taskId: await idOf(client, word) } })
      context.terminal.result(task, () => showLines(task))
    })
  return examples(command, ['viv task show ID'])
}

const showLines = (task: Task): string[] =>
  renderFields([
    ['Id', task.id],
    ['Action', task.action],
    ['Target', target(task)],
    ['State', task.state],
    ['Done', percent(task)],
    ['Step', task.step],
    ['Started', task.startedAt],
    ['Ended', task.endedAt],
    ['Followed by', task.followedBy],
    ['Error', task.error?.message],
    ['Can be cancelled', task.cancellable ? `yes: viv task cancel ${task.id}` : undefined],
  ])

function waitCommand(): Command {
  const command = new Command('wait')
    .summary('wait for a task and what follows it; fails where it fails')
    .argument('<id>', 'its id, or how the id begins')
    .action(async (word: string, _options: object, self: Command) => {
      const context = contextOf(self)
      const { client } = await connectTo(context)
      const first = await client.taskGet({ params: { taskId: await idOf(client, word) } })
      const task = await waitForTask(context.terminal, client, first)
      context.terminal.result(task, () => [`Task ${task.id} (${task.action} of ${target(task)}) succeeded.`])
    })
  return examples(command, ['viv task wait ID'])
}

function cancelCommand(): Command {
  const command = new Command('cancel')
    .summary('cancel a task; what it did is taken back')
    .argument('<id>', 'its id, or how the id begins')
    .action(async (word: string, _options: object, self: Command) => {
      const context = contextOf(self)
      const { client } = await connectTo(context)
      const task = await client.taskCancel({ params: { taskId: await idOf(client, word) } })
      context.terminal.result(task, () => [`Task ${task.id} is being cancelled. See it end: viv task wait ${task.id}`])
    })
  return examples(command, ['viv task cancel ID'])
}
