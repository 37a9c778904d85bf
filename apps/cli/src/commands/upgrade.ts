import { setTimeout as delay } from 'node:timers/promises'
import type { Host, Upgrade } from '@viv/api'
import { type Client, everyItem } from '@viv/client'
import { Command } from 'commander'
import { askYes, canAsk } from '../output/ask.ts'
import { CliError, usageError } from '../output/errors.ts'
import { renderFields } from '../output/table.ts'
import type { Terminal } from '../output/terminal.ts'
import { type ChangeOptions, changeOptions, showPlans, whyQuery } from './change.ts'
import { connectTo, contextOf, examples } from './context.ts'

/** Documents are rewritten by the hundred in each of these. */
const LOOK_AGAIN_MS = 200

export function upgradeCommand(): Command {
  const upgrade = new Command('upgrade').description(
    'The end of an upgrade: until then the version before can be started again.',
  )
  for (const command of [statusCommand(), finishCommand()]) upgrade.addCommand(command)
  return examples(upgrade, ['viv upgrade status', 'viv upgrade finish --plan', 'viv upgrade finish'])
}

function statusCommand(): Command {
  const command = new Command('status')
    .summary('whether the version before can still be started again')
    .action(async (_options: object, self: Command) => {
      const context = contextOf(self)
      const { client } = await connectTo(context)
      const [upgrade, hosts] = await Promise.all([client.upgradeGet(), everyItem(client.hostList, {})])
      context.terminal.result(upgrade, () => statusLines(upgrade, hosts))
    })
  return examples(command, ['viv upgrade status', 'viv upgrade status -o json'])
}

interface FinishOptions extends ChangeOptions {
  readonly yes?: boolean
}

function finishCommand(): Command {
  const command = changeOptions(
    new Command('finish')
      .summary('store everything as this version does: no older one starts again')
      .option('-y, --yes', 'do not ask'),
  ).action(async (options: FinishOptions, self: Command) => {
    const context = contextOf(self)
    const { terminal } = context
    const { client } = await connectTo(context)
    const input = { query: whyQuery(options) }
    if (options.plan === true) return showPlans(terminal, [await client.plan.upgradeFinish(input)])
    const before = await client.upgradeGet()
    if (before.state === 'unfinished') {
      if (options.yes !== true) await confirm(before)
      await client.upgradeFinish(input)
    }
    const upgrade = await finished(terminal, client)
    terminal.result(upgrade, () => [
      before.state === 'finished'
        ? `There is nothing to finish: everything is stored as version ${upgrade.version} does it already.`
        : `The upgrade to version ${upgrade.version} is finished.`,
      ...hostLines(upgrade),
    ])
  })
  return examples(command, ['viv upgrade finish --plan', 'viv upgrade finish', 'viv upgrade finish --yes'])
}

async function confirm({ version }: Upgrade): Promise<void> {
  if (!canAsk()) throw usageError('An upgrade that is finished cannot be gone back from: say --yes.')
  const isSure = await askYes(`Finish the upgrade to version ${version}? No older version can be started here again.`)
  if (!isSure) throw new CliError('refused', 'The upgrade is not finished; nothing was changed.')
}

/** Interrupted it goes on all the same: the manager does it. */
async function finished(terminal: Terminal, client: Client): Promise<Upgrade> {
  for (let left: number | undefined; ; await delay(LOOK_AGAIN_MS)) {
    const upgrade = await client.upgradeGet()
    if (upgrade.state !== 'finishing') return upgrade
    if (upgrade.left !== left) terminal.note(leftText(upgrade))
    left = upgrade.left
  }
}

const leftText = ({ left }: Upgrade): string => `${left} documents are still to be written anew.`

const hostLines = ({ hosts }: Upgrade): string[] =>
  hosts.length === 0 ? [] : [`Still to hear of it, when they answer: ${hosts.join(', ')}`]

function statusLines(upgrade: Upgrade, hosts: readonly Host[]): string[] {
  const { version, state, formats, lastFinished } = upgrade
  return [
    ...renderFields([
      ['Version', version],
      ['Upgrade', state],
      ['Last finished', lastFinished && `${lastFinished.version}, at ${lastFinished.at}`],
      ['Agents', agentsText(hosts)],
      [
        'Not stored anew',
        formats.map(({ kind, written, newest }) => `${kind}: format ${written}, then ${newest}`).join('\n'),
      ],
    ]),
    ...hostLines(upgrade),
    ...(state === 'unfinished'
      ? ['The version before can still be started again. When you are sure that you stay: viv upgrade finish']
      : state === 'finishing'
        ? [leftText(upgrade)]
        : []),
  ]
}

/** `0.2.0 (3 hosts), 0.1.0 (db1)` */
function agentsText(hosts: readonly Host[]): string | undefined {
  const versions = Map.groupBy(hosts, ({ agentVersion }) => agentVersion)
  return [...versions]
    .map(([version, of]) => `${version} (${of.length > 1 ? `${of.length} hosts` : of[0]?.name})`)
    .join(', ')
}
