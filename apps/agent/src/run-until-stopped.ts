import { causeChain } from '@viv/common'
import type { Log } from './log.ts'

/** Starts it, says that it is ready; ends it when it is asked to, or when whoever started it is gone. */
export async function runUntilStopped(start: () => Promise<AsyncDisposable>, name: string, log: Log): Promise<void> {
  const program = await begun(start, name, log)
  process.send?.({ type: 'ready' })
  log(`the ${name} listens`)
  let isStopping = false
  const stop = (): void => {
    if (isStopping) return
    isStopping = true
    program[Symbol.asyncDispose]().then(
      () => process.exit(0),
      (error: unknown) => {
        log(`the ${name} stopped badly`, { error: String(error) })
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.on('disconnect', stop)
}

/** Why it cannot start is its last line: whoever started it shows that. */
async function begun(start: () => Promise<AsyncDisposable>, name: string, log: Log): Promise<AsyncDisposable> {
  try {
    return await start()
  } catch (error) {
    log(`the ${name} cannot start`, { error: causeChain(error) })
    process.exit(1)
  }
}
