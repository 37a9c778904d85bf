import { everyItem } from '@viv/client'
import { Command } from 'commander'
import { type ChangeOptions, changeOptions, showPlans, whyQuery } from './change.ts'
import { connectTo, contextOf, examples } from './context.ts'
import { historyLines } from './history.ts'
import { lookUpVm } from './look-up.ts'

export function vmHistoryCommand(): Command {
  const command = new Command('history')
    .summary('who changed its configuration, when and why')
    .argument('<name>', 'name or id')
    .action(async (word: string, _options: object, self: Command) => {
      const context = contextOf(self)
      const { client } = await connectTo(context)
      const { id } = await lookUpVm(client, word)
      const items = await everyItem(client.historyList, { kind: 'vm', objectId: id })
      context.terminal.table({ items }, () => historyLines(items))
    })
  return examples(command, ['viv vm history web', '', 'A VM that is deleted: viv history --search NAME'])
}

export function vmRevertCommand(): Command {
  const command = changeOptions(
    new Command('revert')
      .summary('back to what it was after a change of its history')
      .argument('<name>', 'name or id')
      .argument('<change>', 'the first column of its history'),
  ).action(async (word: string, entryId: string, options: ChangeOptions, self: Command) => {
    const { terminal, ...context } = contextOf(self)
    const { client } = await connectTo({ terminal, ...context })
    const { id, revision } = await lookUpVm(client, word)
    const input = { params: { vmId: id }, ifMatch: revision, body: { entryId }, query: whyQuery(options) }
    if (options.plan === true) return showPlans(terminal, [await client.plan.vmRevert(input)])
    const vm = await client.vmRevert(input)
    terminal.result(vm, () => [`VM "${vm.name}" is as it was after change ${entryId}.`])
  })
  return examples(command, ['viv vm revert web 12', 'viv vm revert web 12 --plan'])
}
