import { readFileSync } from 'node:fs'
import { causeChain } from '@viv/common'
import { readConfig } from './config.ts'
import { log } from './log.ts'
import { type Manager, startManager } from './manager.ts'

const { version: VERSION } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}

/** The manager as a process. Whoever started it hears that it is ready; when that process is gone, so is this one. */
const onNote = (text: string) => void process.send?.({ type: 'note', text })
const manager = await begun()
const { url, fingerprint, firstPassword } = manager
process.send?.({ type: 'ready', url, fingerprint, firstPassword }, (error: Error | null) => {
  // Where this cannot be stored, the next start makes and shows another one.
  if (error === null && firstPassword !== undefined) void manager.passwordTold().catch(() => undefined)
})
log('the manager listens', { url })

let isStopping = false
const stop = (): void => {
  if (isStopping) return
  isStopping = true
  manager[Symbol.asyncDispose]().then(
    () => process.exit(0),
    (error: unknown) => {
      log('the manager stopped badly', { error: String(error) })
      process.exit(1)
    },
  )
}
// Whoever started us starts us again; nothing stale is served meanwhile.
void manager.failed.then((error) => {
  if (isStopping) return
  log('the store failed', { error: String(error) })
  process.exit(1)
})
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
process.on('disconnect', stop)

/** Why it cannot start is its last line: whoever started it shows that. */
async function begun(): Promise<Manager> {
  try {
    return await startManager(readConfig(process.argv.slice(2), VERSION), log, { onNote })
  } catch (error) {
    log('the manager cannot start', { error: causeChain(error) })
    process.exit(1)
  }
}
