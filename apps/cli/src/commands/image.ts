import type { Image } from '@viv/api'
import { everyItem } from '@viv/client'
import { Command } from 'commander'
import { askYes, canAsk } from '../output/ask.ts'
import { CliError, usageError } from '../output/errors.ts'
import { renderFields, renderTable } from '../output/table.ts'
import { formatBytes } from '../output/units.ts'
import { type ChangeOptions, changeOptions, showPlans, whyQuery } from './change.ts'
import { connectTo, contextOf, examples } from './context.ts'
import { imageAddCommand } from './image-add.ts'
import { lookUp } from './look-up.ts'
import { waitForTask } from './wait.ts'

export function imageCommand(): Command {
  const image = new Command('image').description('Images that VMs are made from.')
  for (const command of [listCommand(), showCommand(), imageAddCommand(), buildCommand(), deleteCommand()]) {
    image.addCommand(command)
  }
  return examples(image, ['viv image list', 'viv image add debian debian-12.qcow2', 'viv image build micro'])
}

const size = (bytes: number | undefined): string => (bytes === undefined ? '-' : formatBytes(bytes))

function listCommand(): Command {
  const command = new Command('list').summary('all images').action(async (_options: object, self: Command) => {
    const context = contextOf(self)
    const { client } = await connectTo(context)
    const items = await everyItem(client.imageList, {})
    context.terminal.table({ items }, () =>
      renderTable(
        ['NAME', 'KIND', 'FORMAT', 'STATE', 'SIZE', 'DISK SIZE'],
        items.map(({ name, kind, format, state, sizeBytes, virtualSizeBytes }) => [
          name,
          kind,
          format,
          state,
          size(sizeBytes),
          size(kind === 'disk' ? virtualSizeBytes : undefined),
        ]),
      ),
    )
  })
  return examples(command, ['viv image list', '', 'available: built in, and made when it is first used.'])
}

function showCommand(): Command {
  const command = new Command('show')
    .summary('everything about one image')
    .argument('<name>', 'name or id')
    .action(async (word: string, _options: object, self: Command) => {
      const context = contextOf(self)
      const { client } = await connectTo(context)
      const image = await lookUp('image', word, client.imageList)
      context.terminal.result(image, () => showLines(image))
    })
  return examples(command, ['viv image show micro'])
}

const showLines = (image: Image): string[] =>
  renderFields([
    ['Name', image.name],
    ['Id', image.id],
    ['Kind', image.kind],
    ['Format', image.format],
    ['State', image.state],
    ['Built in', image.builtin],
    ['Size', size(image.sizeBytes)],
    ['Disk size', image.kind === 'disk' ? size(image.virtualSizeBytes) : undefined],
    ['Volume', image.volumeId],
    [
      'Made from',
      Object.entries(image.versions ?? {})
        .map(([name, version]) => `${name} ${version}`)
        .join('\n'),
    ],
    ['Task', image.taskId === undefined ? undefined : `${image.taskId} is under way: viv task wait ${image.taskId}`],
    ['Created', image.createdAt],
  ])

interface WaitOption extends ChangeOptions {
  readonly wait: boolean
}

function buildCommand(): Command {
  const command = changeOptions(
    new Command('build')
      .summary('make a built-in image now instead of at its first use')
      .argument('<name>', 'its name, as micro')
      .option('--no-wait', 'do not wait until it is made'),
  ).action(async (word: string, options: WaitOption, self: Command) => {
    const { wait } = options
    const context = contextOf(self)
    const { client } = await connectTo(context)
    const { id, name } = await lookUp('image', word, client.imageList)
    const input = { params: { imageId: id }, query: whyQuery(options) }
    if (options.plan === true) return showPlans(context.terminal, [await client.plan.imageBuild(input)])
    const begun = await client.imageBuild(input)
    const task = wait ? await waitForTask(context.terminal, client, begun) : begun
    const words = wait
      ? `Image "${name}" is ready.`
      : `Task ${begun.id} makes it. Wait for it: viv task wait ${begun.id}`
    context.terminal.result(task, () => [words])
  })
  return examples(command, ['viv image build micro'])
}

interface DeleteOptions extends WaitOption {
  readonly yes?: boolean
}

function deleteCommand(): Command {
  const command = changeOptions(
    new Command('delete')
      .summary('delete an image that no VM is based on')
      .argument('<name>', 'name or id')
      .option('-y, --yes', 'do not ask')
      .option('--no-wait', 'do not wait until it is gone'),
  ).action(async (word: string, options: DeleteOptions, self: Command) => {
    const { yes, wait } = options
    const context = contextOf(self)
    if (yes !== true && options.plan !== true) await confirmDelete(word)
    const { client } = await connectTo(context)
    const { id, name } = await lookUp('image', word, client.imageList)
    const input = { params: { imageId: id }, query: whyQuery(options) }
    if (options.plan === true) return showPlans(context.terminal, [await client.plan.imageDelete(input)])
    const begun = await client.imageDelete(input)
    const task = wait ? await waitForTask(context.terminal, client, begun) : begun
    const words = wait
      ? `Image "${name}" is deleted.`
      : `Task ${begun.id} deletes it. Wait for it: viv task wait ${begun.id}`
    context.terminal.result(task, () => [words])
  })
  return examples(command, ['viv image delete debian --yes'])
}

async function confirmDelete(word: string): Promise<void> {
  if (!canAsk()) throw usageError('There is nobody to ask whether to delete. Say --yes.')
  if (!(await askYes(`Delete image "${word}"? This can't be undone.`)))
    throw new CliError('refused', 'Nothing was deleted.')
}
