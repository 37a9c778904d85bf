import { startAgent } from './agent.ts'
import { readConfig } from './config.ts'
import { log } from './log.ts'

/** The agent as a process. When whoever started it is gone, so is this; the VMs run on. */
const agent = await startAgent(readConfig(process.argv.slice(2), '0.1.0'), log)
process.send?.({ type: 'ready' })
log('the agent listens')

let isStopping = false
const stop = (): void => {
  if (isStopping) return
  isStopping = true
  agent[Symbol.asyncDispose]().then(
    () => process.exit(0),
    (error: unknown) => {
      log('the agent stopped badly', { error: String(error) })
      process.exit(1)
    },
  )
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
process.on('disconnect', stop)
