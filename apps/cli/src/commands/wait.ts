import type { Task } from '@viv/api'
import { type Client, followTask } from '@viv/client'
import { CliError, EXIT } from '../output/errors.ts'
import { failureOf, TaskFailedError } from '../output/failure.ts'
import { ProgressLine } from '../output/progress.ts'
import type { Terminal } from '../output/terminal.ts'

export interface Ended {
  readonly ended: Task[]
  readonly failures: unknown[]
}

/** Waits for tasks that run side by side, one after the other, and says how far each is. */
export async function waitForTasks(terminal: Terminal, client: Client, tasks: readonly Task[]): Promise<Ended> {
  const open = new Set(tasks.map(({ id }) => id))
  using progress = new ProgressLine(terminal)
  using _interrupt = onInterrupt(terminal, progress, () => goesOn([...open]))
  const ended: Task[] = []
  const failures: unknown[] = []
  for (const first of tasks) {
    try {
      ended.push(await waitForOne(client, first, open, progress))
    } catch (error) {
      failures.push(error)
    }
    open.delete(first.id)
  }
  return { ended, failures }
}

/** The task at its end, or an error that says why it failed. */
export async function waitForTask(terminal: Terminal, client: Client, task: Task): Promise<Task> {
  const { ended, failures } = await waitForTasks(terminal, client, [task])
  throwAll(failures)
  return ended[0] ?? task
}

async function waitForOne(client: Client, first: Task, open: Set<string>, progress: ProgressLine): Promise<Task> {
  const { name } = first.target
  const last = await followTask(client, first, (task) => {
    // A task that follows takes the place of the one that was asked for.
    if (task.id !== first.id && !open.has(task.id)) open.add(task.id).delete(first.id)
    if (task.step !== '') progress.show({ progress: task.progress, title: `${name}: ${titleOf(task)}` })
  })
  open.delete(last.id)
  if (last.state !== 'succeeded') throw new TaskFailedError(last)
  return last
}

function titleOf({ state, step }: Task): string {
  if (state === 'waiting_for_host') return `${step} (waiting for the host)`
  return state === 'undoing' ? `${step} (taking it back)` : step
}

function goesOn(taskIds: readonly string[]): CliError {
  const subject = taskIds.length === 1 ? `Task ${taskIds[0]} goes on` : `${taskIds.length} tasks go on`
  const commands = taskIds.flatMap((id) => [`Look at it: viv task wait ${id}`, `Stop it:    viv task cancel ${id}`])
  return new CliError('interrupted', `${subject} without you.`, commands)
}

/** Ctrl-C leaves with a word about what goes on; nothing is cancelled without being asked. */
export function onInterrupt(terminal: Terminal, progress: ProgressLine, words: () => CliError): Disposable {
  const leave = (): void => {
    progress.clear()
    terminal.failure(failureOf(words()))
    process.exit(EXIT.interrupted)
  }
  process.once('SIGINT', leave)
  return { [Symbol.dispose]: () => void process.removeListener('SIGINT', leave) }
}

/** One error as itself, several together. */
export function throwAll(errors: readonly unknown[]): void {
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new AggregateError(errors)
}
