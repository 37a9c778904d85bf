import type { Task } from '@viv/api'
import { hasEnded } from '@viv/client'
import { Progress } from 'antd'
import { useWords } from '../words/words.ts'

/** How far a task is. */
export function TaskProgress({ task }: { readonly task: Task }) {
  const { say, name } = useWords()
  const label = say('task.progressOf', { name: `${name('operation', task.action)} ${task.target.name}` })
  const status = task.state === 'failed' || task.state === 'parked' ? 'exception' : hasEnded(task) ? 'normal' : 'active'
  return (
    <Progress
      percent={task.state === 'succeeded' ? 100 : Math.round(task.progress * 100)}
      status={status}
      size="small"
      aria-label={label}
    />
  )
}
