import type { Task } from '@viv/api'
import type { Client } from './client.ts'

/** One turn of the long-poll; short enough that progress moves. */
const TURN_SECONDS = '1'
const ENDED: readonly Task['state'][] = ['succeeded', 'failed', 'cancelled', 'parked']

export const hasEnded = (task: Task): boolean => ENDED.includes(task.state)

/** Follows a task, and those that follow it, to the last one's end. */
export async function followTask(client: Client, first: Task, onChange: (task: Task) => void): Promise<Task> {
  let task = first
  for (;;) {
    onChange(task)
    if (hasEnded(task)) {
      if (task.followedBy === undefined) return task
      task = await client.taskGet({ params: { taskId: task.followedBy } })
    } else {
      task = await client.taskGet({ params: { taskId: task.id }, query: { wait: TURN_SECONDS } })
    }
  }
}
