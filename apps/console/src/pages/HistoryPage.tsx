import { Select } from 'antd'
import { useState } from 'react'
import { historyList } from '../api/lists.ts'
import { useList } from '../api/use-list.ts'
import { HistoryTable } from '../components/HistoryTable.tsx'
import { ListTools } from '../components/ListTools.tsx'
import { Link } from '../ui/Link.tsx'
import { Page } from '../ui/Page.tsx'
import { paths } from '../util/paths.ts'
import { useQuestion } from '../util/use-question.ts'
import { useWords } from '../words/words.ts'

const SHOWN = 50
const KINDS = ['vm', 'image', 'token'] as const

/** Every change of every object, also of those that are no more. */
export function HistoryPage() {
  const { say } = useWords()
  const { query, search, ask, onSearch } = useQuestion()
  const [shown, setShown] = useState(SHOWN)
  const kind = query.get('kind') ?? ''
  const objectId = query.get('object') ?? ''
  const list = useList(
    historyList({
      sort: '-at',
      ...(search === '' ? {} : { search }),
      ...(kind === '' ? {} : { kind }),
      ...(objectId === '' ? {} : { objectId }),
    }),
  )
  list.want(0, shown)
  return (
    <Page title={say('page.history')} appName={say('app.name')}>
      <ListTools search={search} onSearch={onSearch} list={list}>
        <Select
          aria-label={say('history.kind')}
          value={kind}
          onChange={(chosen) => ask({ kind: chosen })}
          options={[
            { value: '', label: say('history.anyKind') },
            ...KINDS.map((one) => ({ value: one, label: say(`kind.${one}`) })),
          ]}
        />
      </ListTools>
      {objectId === '' ? null : (
        <p>
          {say('history.onlyOne')} <Link to={paths.history}>{say('history.all')}</Link>
        </p>
      )}
      <HistoryTable list={list} shown={shown} onMore={() => setShown(shown + SHOWN)} />
    </Page>
  )
}
