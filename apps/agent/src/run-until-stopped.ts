import type { Log } from './log.ts'

/** Says that it is ready; ends it when it is asked to, or when whoever started it is gone. */
export function runUntilStopped(program: AsyncDisposable, name: string, log: Log): void {
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
