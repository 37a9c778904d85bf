import type { Datastore, Host } from '@viv/api'
import { everyItem } from '@viv/client'
import { Command } from 'commander'
import { renderTable } from '../output/table.ts'
import { formatBytes } from '../output/units.ts'
import { connectTo, contextOf, examples } from './context.ts'

export function datastoreCommand(): Command {
  const datastore = new Command('datastore').description('Where disks are kept.')
  datastore.addCommand(listCommand())
  return examples(datastore, ['viv datastore list'])
}

function listCommand(): Command {
  const command = new Command('list').summary('all datastores').action(async (_options: object, self: Command) => {
    const context = contextOf(self)
    const { client } = await connectTo(context)
    const [datastores, hosts] = await Promise.all([everyItem(client.datastoreList, {}), everyItem(client.hostList, {})])
    context.terminal.table({ items: datastores }, () =>
      renderTable(
        ['NAME', 'KIND', 'FREE', 'TOTAL', 'HOSTS'],
        datastores.map((datastore) => row(datastore, hosts)),
      ),
    )
  })
  return examples(command, ['viv datastore list'])
}

function row({ name, kind, freeBytes, totalBytes, hostIds }: Datastore, hosts: readonly Host[]): string[] {
  const names = hostIds.map((hostId) => hosts.find(({ id }) => id === hostId)?.name ?? hostId)
  return [name, kind, formatBytes(freeBytes), formatBytes(totalBytes), names.join(', ')]
}
