import { readConfig } from './config.ts'
import { log } from './log.ts'
import { startManager } from './manager.ts'

/** The manager as a process. Whoever started it hears that it is ready; when that process is gone, so is this one. */
const config = readConfig(process.argv.slice(2), '0.1.0')
const onNote = (text: string) => void process.send?.({ type: 'note', text })
const manager = await startManager(config, log, { onNote })
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
