import { CONSOLE_FOLDER, startManager } from '../../../apps/manager/src/index.ts'
import { NEWER } from '../../../apps/manager/test/newer-version.ts'
import { foldersOf } from '../../../libs/common/src/index.ts'
import { NEWER_HOST_FORMATS } from '../newer-version.ts'
import { dieAt } from './crash-point.ts'

/** The manager, with a place to die at every step boundary; where asked, as a newer version of the product. */
const isNewer = process.env['VIV_NEWER_VERSION'] !== undefined
const [root = '', agentSocket = '', port = '0'] = process.argv.slice(2)
const config = {
  folders: foldersOf(root),
  host: '127.0.0.1',
  port: Number(port),
  agentSocket,
  version: isNewer ? 'newer' : 'test',
  consoleFolder: CONSOLE_FOLDER,
}
const log = (message: string, facts: object = {}) =>
  void process.stderr.write(`manager: ${message} ${JSON.stringify(facts)}\n`)
const manager = await startManager(config, log, {
  ...(isNewer ? { formats: NEWER, hostFormats: NEWER_HOST_FORMATS } : {}),
  onBoundary: async (_taskId, task, moment) => dieAt(`${task.action}.${moment}.${task.next}`),
})
const { documents, store } = manager.parts
process.send?.({
  type: 'ready',
  url: manager.url,
  fingerprint: manager.fingerprint,
  firstPassword: manager.firstPassword,
})
process.on('message', (message) => {
  if (message === 'left') process.send?.({ type: 'left', left: leftovers() })
  if (message === 'stats') void stats().then((value) => process.send?.({ type: 'stats', value }))
})
process.on('disconnect', () => process.exit(0))
process.on('SIGTERM', () => void manager[Symbol.asyncDispose]().then(() => process.exit(0)))

/** What the store holds that belongs to a VM or a task, for the tests' audit. */
function leftovers(): object {
  const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id)
  return {
    claims: ids(documents.claims.list()),
    owners: [documents.vmNames, documents.vmUids, documents.macs, documents.ports].flatMap((each) =>
      each.list().map(({ value }) => value.owner),
    ),
    statuses: ids(documents.vmStatuses.list()),
  }
}

async function stats(): Promise<object> {
  return (store as unknown as { stats(): Promise<object> }).stats()
}
