import { TASK_STATES } from '@viv/api'
import { Select } from 'antd'
import { useCallback } from 'react'
import { taskList } from '../api/lists.ts'
import { useList } from '../api/use-list.ts'
import { ListTools } from '../components/ListTools.tsx'
import { TaskList } from '../components/TaskList.tsx'
import { Page } from '../ui/Page.tsx'
import { navigate, usePlace, withQuery } from '../util/router.ts'
import { useWords } from '../words/words.ts'

type TaskSort = NonNullable<Parameters<typeof taskList>[0]['sort']>

export function TasksPage() {
  const { say, name } = useWords()
  const place = usePlace()
  const sort = (place.query.get('sort') ?? '-startedAt') as TaskSort
  const search = place.query.get('search') ?? ''
  const state = place.query.get('state') ?? ''
  const list = useList(taskList({ sort, ...(search === '' ? {} : { search }), ...(state === '' ? {} : { state }) }))
  const ask = useCallback(
    (changes: Record<string, string | undefined>) => navigate(withQuery(place, changes), { replace: true }),
    [place],
  )
  const onSearch = useCallback((words: string) => ask({ search: words }), [ask])
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
