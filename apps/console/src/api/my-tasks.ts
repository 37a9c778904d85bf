import type { Task } from '@viv/api'
import { hasEnded } from '@viv/client'
import { createStore, useStore } from '../util/store.ts'
import { follow } from './live.ts'
import { client } from './wire.ts'

/** What was started in this window, the newest first; each stays until it is dismissed, or has gone well for a while. */
const tasks = createStore<readonly Task[]>([])
export const useMyTasks = (): readonly Task[] => useStore(tasks)

const SHOWN_MS = 6_000

export function followMyTask(task: Task): void {
  tasks.set([task, ...tasks.get().filter(({ id }) => id !== task.id)])
  settle(task)
  // Its end may have been told before the answer that named it: two connections keep no order between them.
  if (!hasEnded(task)) void read(task.id)
}

export function dismissMyTask(taskId: string): void {
  tasks.set(tasks.get().filter(({ id }) => id !== taskId))
}

function update(task: Task): void {
  const all = tasks.get()
  const known = all.find(({ id }) => id === task.id)
  if (known === undefined || hasEnded(known)) return
  tasks.set(all.map((one) => (one.id === task.id ? task : one)))
  settle(task)
}

function settle(task: Task): void {
  if (!hasEnded(task)) return
  if (task.followedBy !== undefined) void goOn(task, task.followedBy)
  else if (task.state === 'succeeded') setTimeout(() => dismissMyTask(task.id), SHOWN_MS)
}

/** The task that goes on where this one ended takes its place. */
async function goOn(before: Task, taskId: string): Promise<void> {
  const task = await client.taskGet({ params: { taskId } }).catch(() => undefined)
  if (task === undefined || !tasks.get().some(({ id }) => id === before.id)) return
  dismissMyTask(before.id)
  followMyTask(task)
}

async function read(taskId: string): Promise<void> {
  const task = await client.taskGet({ params: { taskId } }).catch(() => undefined)
  if (task !== undefined) update(task)
}

/** What has happened to them while nobody told us. */
function readAgain(): void {
  for (const task of tasks.get()) if (!hasEnded(task)) void read(task.id)
}

export const startMyTasks = (): (() => void) =>
  follow('task', { onChange: (_id, task) => task !== null && update(task), onStartOver: readAgain })
