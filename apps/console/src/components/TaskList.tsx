import type { Task } from '@viv/api'
import { hasEnded } from '@viv/client'
import { Button } from 'antd'
import type { ReactNode } from 'react'
import type { ListView } from '../api/use-list.ts'
import { Link } from '../ui/Link.tsx'
import { type Column, VirtualTable } from '../ui/VirtualTable.tsx'
import { paths } from '../util/paths.ts'
import { duration, moment } from '../util/quantities.ts'
import { tellBlocker } from '../words/refusals.ts'
import { useWords } from '../words/words.ts'
import { useChange } from './change.tsx'
import { ErrorText } from './ErrorText.tsx'
import { LongText } from './LongText.tsx'
import { BlockerView } from './PlanView.tsx'
import { TaskProgress } from './TaskProgress.tsx'
import { TaskStateMark } from './states.tsx'

export interface TaskListProps {
  readonly list: ListView<Task>
  readonly sort: string
  readonly onSort: (sort: string) => void
  readonly label: string
}

/** Tasks, with their progress while they run and the reason where they failed. */
export function TaskList({ list, sort, onSort, label }: TaskListProps) {
  const { say } = useWords()
  return (
    <>
      <ErrorText error={list.error} />
      <VirtualTable
        label={label}
        columns={useColumns()}
        total={list.total}
        row={list.row}
        keyOf={(task) => task.id}
        onView={list.want}
        sort={sort}
        onSort={onSort}
        empty={say('list.empty')}
      />
    </>
  )
}

function useColumns(): Column<Task>[] {
  const { say, name, language } = useWords()
  const change = useChange()
  const cancel = (task: Task): void =>
    change({
      operation: 'taskCancel',
      input: { params: { taskId: task.id } },
      title: say('task.cancelTitle'),
      verb: say('operation.taskCancel'),
      ask: 'always',
      isDangerous: true,
    })
  return [
    {
      key: 'action',
      title: say('task.action'),
      width: 'minmax(130px, 1.2fr)',
      sort: 'action',
      render: (task) => name('operation', task.action),
    },
    { key: 'target', title: say('task.target'), width: 'minmax(120px, 1.2fr)', sort: 'name', render: target },
    {
      key: 'state',
      title: say('task.state'),
      width: 'minmax(110px, 1fr)',
      sort: 'state',
      render: (task) => <TaskStateMark task={task} />,
    },
    {
      key: 'progress',
      title: say('task.progress'),
      width: 'minmax(160px, 2fr)',
      render: (task) => {
        if (task.error !== undefined) return <WhyFailed task={task} />
        return hasEnded(task) ? null : <TaskProgress task={task} />
      },
    },
    {
      key: 'started',
      title: say('task.started'),
      width: 'minmax(170px, 1fr)',
      sort: 'startedAt',
      render: (task) => moment(task.startedAt, language, 'minute'),
    },
    {
      key: 'took',
      title: say('task.took'),
      width: '90px',
      render: (task) => (task.endedAt === undefined ? null : duration(task.startedAt, task.endedAt)),
    },
    {
      key: 'cancel',
      title: say('list.actions'),
      width: '110px',
      render: (task) =>
        task.cancellable ? (
          <Button size="small" onClick={() => cancel(task)}>
            {say('task.cancel')}
          </Button>
        ) : null,
    },
  ]
}

function WhyFailed({ task }: { readonly task: Task }) {
  const { name, language } = useWords()
  const blockers = task.error?.blockers ?? []
  return (
    <LongText
      title={`${name('operation', task.action)} ${task.target.name}`}
      text={blockers.map((blocker) => tellBlocker(blocker, language)).join(' ')}
    >
      {blockers.map((blocker) => (
        <BlockerView key={blocker.message} blocker={blocker} />
      ))}
    </LongText>
  )
}

function target({ target: { kind, id, name } }: Task): ReactNode {
  return kind.toLowerCase() === 'vm' ? <Link to={paths.vm(id)}>{name}</Link> : name
}
