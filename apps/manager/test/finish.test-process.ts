/** A manager of a newer version at argv[2] that finishes its upgrade, and is killed after the argv[3]-th transaction of that. */
import { foldersOf } from '@viv/common'
import { startManager } from '../src/manager.ts'
import { configOf, NEWER } from './newer-version.ts'
import { callSocket } from './platform.ts'

const [folder = '', transactions = ''] = process.argv.slice(2)
let left = Number(transactions)
const onRewritten = () => {
  left -= 1
  if (left === 0) process.kill(process.pid, 'SIGKILL')
}
await startManager(configOf(folder, '0.2.0'), () => undefined, { formats: NEWER, onRewritten })
await callSocket(foldersOf(folder).apiSocket, 'POST', '/v1/upgrade/actions/finish', {})
