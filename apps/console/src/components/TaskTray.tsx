import type { Task } from '@viv/api'
import { hasEnded } from '@viv/client'
import { Button } from 'antd'
import { dismissMyTask, followMyTask, useMyTasks } from '../api/my-tasks.ts'
import { useWords } from '../words/words.ts'
import { BlockerView } from './PlanView.tsx'
import { TaskProgress } from './TaskProgress.tsx'
import { TaskStateMark } from './states.tsx'

/** What was started in this window, with its progress, and what to do where it failed. */
export function TaskTray() {
  const { say } = useWords()
  const tasks = useMyTasks()
  return (
    <section className="tray" aria-label={say('task.mine')} aria-live="polite">
      {tasks.map((task) => (
        <TaskCard key={task.id} task={task} />
      ))}
    </section>
  )
}

function TaskCard({ task }: { readonly task: Task }) {
  const { say, name } = useWords()
  const title = `${name('operation', task.action)} ${task.target.name}`
  const onFixed = (answer: unknown): void => {
    dismissMyTask(task.id)
    if (typeof answer === 'object' && answer !== null && 'target' in answer) followMyTask(answer as Task)
  }
  return (
    <article className="tray-card" aria-label={title}>
      <div className="tray-head">
        <strong>{title}</strong>
        {hasEnded(task) ? (
          <Button
            size="small"
            type="text"
            aria-label={say('task.dismiss', { name: title })}
            onClick={() => dismissMyTask(task.id)}
          >
            <span aria-hidden="true" className="cross" />
          </Button>
        ) : null}
      </div>
      <TaskStateMark task={task} />
      {hasEnded(task) ? null : <span className="muted"> {say('task.step', { step: task.step })}</span>}
      <TaskProgress task={task} />
      {task.error?.blockers.map((blocker) => (
        <BlockerView key={blocker.message} blocker={blocker} onFixed={onFixed} />
      ))}
    </article>
  )
}
