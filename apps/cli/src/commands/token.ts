import { everyItem } from '@viv/client'
import { Command } from 'commander'
import { renderTable } from '../output/table.ts'
import { connectTo, contextOf, examples } from './context.ts'
import { lookUp } from './look-up.ts'
import { parseCount } from './sizes.ts'

export function tokenCommand(): Command {
  const token = new Command('token').description('Tokens let your own programs use the API in your name.')
  for (const command of [createCommand(), listCommand(), deleteCommand()]) token.addCommand(command)
  return examples(token, ['viv token create backup --days 90', 'viv token list', 'viv token delete backup'])
}

function createCommand(): Command {
  const command = new Command('create')
    .summary('make a token; its secret is shown this once')
    .argument('<name>', 'what it is for')
    .option('--days <days>', 'how long it is good; for ever if not said', (text) => parseCount(text, '--days'))
    .action(async (name: string, { days }: { days?: number }, self: Command) => {
      const context = contextOf(self)
      const { client } = await connectTo(context)
      const token = await client.tokenCreate({ body: { name, ...(days === undefined ? {} : { days }) } })
      context.terminal.result(token, () => [token.secret ?? ''])
      context.terminal.note(
        'This is its secret; it is not shown again. Programs send it as: Authorization: Bearer SECRET',
      )
    })
  return examples(command, ['viv token create backup --days 90'])
}

function listCommand(): Command {
  const command = new Command('list').summary('your tokens').action(async (_options: object, self: Command) => {
    const context = contextOf(self)
    const { client } = await connectTo(context)
    const items = await everyItem(client.tokenList, {})
    context.terminal.table({ items }, () =>
      renderTable(
        ['NAME', 'ID', 'CREATED', 'EXPIRES'],
        items.map(({ name, id, createdAt, expiresAt }) => [name, id, createdAt, expiresAt ?? 'never']),
      ),
    )
  })
  return examples(command, ['viv token list'])
}

function deleteCommand(): Command {
  const command = new Command('delete')
    .summary('take a token back')
    .argument('<name>', 'name or id')
    .action(async (word: string, _options: object, self: Command) => {
      const context = contextOf(self)
      const { client } = await connectTo(context)
      const { id, name } = await lookUp('token', word, client.tokenList)
      await client.tokenDelete({ params: { tokenId: id } })
      context.terminal.result({ id, name }, () => [`Token "${name}" is taken back.`])
    })
  return examples(command, ['viv token delete backup'])
}
