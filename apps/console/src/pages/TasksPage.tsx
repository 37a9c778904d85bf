import { TASK_STATES } from '@viv/api'
import { Select } from 'antd'
import { taskList } from '../api/lists.ts'
import { useList } from '../api/use-list.ts'
import { ListTools } from '../components/ListTools.tsx'
import { TaskList } from '../components/TaskList.tsx'
import { Page } from '../ui/Page.tsx'
import { useQuestion } from '../util/use-question.ts'
import { useWords } from '../words/words.ts'

type TaskSort = NonNullable<Parameters<typeof taskList>[0]['sort']>

export function TasksPage() {
  const { say, name } = useWords()
  const { query, search, ask, onSearch } = useQuestion()
  const sort = (query.get('sort') ?? '-startedAt') as TaskSort
  const state = query.get('state') ?? ''
  const list = useList(taskList({ sort, ...(search === '' ? {} : { search }), ...(state === '' ? {} : { state }) }))
  return (
    <Page title={say('page.tasks')} appName={say('app.name')}>
      <ListTools search={search} onSearch={onSearch} list={list}>
        <Select
          aria-label={say('list.state')}
          value={state}
          onChange={(chosen) => ask({ state: chosen })}
          options={[
            { value: '', label: say('list.anyState') },
            ...TASK_STATES.map((one) => ({ value: one, label: name('taskState', one) })),
          ]}
        />
      </ListTools>
      <TaskList list={list} sort={sort} onSort={(chosen) => ask({ sort: chosen })} label={say('page.tasks')} />
    </Page>
  )
}
