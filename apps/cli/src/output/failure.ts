import type { ErrorBody, Task } from '@viv/api'
import { ApiError, UnreachableError } from '@viv/client'
import { CliError, EXIT, type ExitCode } from './errors.ts'
import { fixCommand } from './fixes.ts'

/** An error as it is shown: the lines for people, the object for programs. */
export interface Failure {
  readonly exitCode: ExitCode
  readonly message: string
  /** What else stands in the way, and what to do. */
  readonly details: readonly string[]
  readonly json: object
}

/** A task that was waited for and did not succeed. */
export class TaskFailedError extends Error {
  readonly task: Task

  constructor(task: Task) {
    super(task.error?.message ?? `Task ${task.id} (${task.action} of "${task.target.name}") is ${task.state}.`)
    this.name = 'TaskFailedError'
    this.task = task
  }
}

export function failureOf(error: unknown): Failure {
  if (error instanceof TaskFailedError) return taskFailure(error)
  if (error instanceof CliError) return cliFailure(error)
  if (error instanceof ApiError) return apiFailure(error)
  if (error instanceof UnreachableError) return plainFailure(EXIT.unreachable, 'unreachable', error.message)
  if (isFileError(error)) return plainFailure(EXIT.refused, 'failed', error.message)
  // A fault of viv itself: its trace is what a report of it needs.
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return plainFailure(EXIT.refused, 'internal', `viv itself failed: ${message}`)
}

type Blockers = NonNullable<ErrorBody['blockers']>

function apiFailure({ code, message, body }: ApiError): Failure {
  return refusalFailure(code, message, body?.blockers ?? [], body ?? { code, message })
}

function taskFailure({ message, task }: TaskFailedError): Failure {
  const { code, blockers } = task.error ?? { code: task.state, blockers: [] }
  return refusalFailure(code, message, blockers, { code, message, blockers, task })
}

function refusalFailure(code: string, message: string, blockers: Blockers, json: object): Failure {
  const exitCode = code === 'unauthenticated' ? EXIT.notLoggedIn : EXIT.refused
  return { exitCode, message, details: blockerLines(message, blockers), json }
}

function blockerLines(message: string, blockers: Blockers): string[] {
  return blockers.flatMap((blocker) => {
    const command = fixCommand(blocker)
    const own = blocker.message === message ? [] : [blocker.message]
    return command === undefined ? own : [...own, `Try: ${command}`]
  })
}

function cliFailure({ code, message, tips, exitCode }: CliError): Failure {
  const json = { code, message, ...(tips.length === 0 ? {} : { tips }) }
  return { exitCode, message, details: tips, json }
}

function plainFailure(exitCode: ExitCode, code: string, message: string): Failure {
  return { exitCode, message, details: [], json: { code, message } }
}

const isFileError = (error: unknown): error is Error =>
  error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string'
