import type { Token } from '@viv/api'
import { Button } from 'antd'
import { tokenList } from '../api/lists.ts'
import { type ListView, useList } from '../api/use-list.ts'
import { useChange } from '../components/change.tsx'
import { ErrorText } from '../components/ErrorText.tsx'
import { ListTools } from '../components/ListTools.tsx'
import { TokenCreateForm } from '../forms/token-create.tsx'
import { Page } from '../ui/Page.tsx'
import { type Column, VirtualTable } from '../ui/VirtualTable.tsx'
import { moment } from '../util/quantities.ts'
import { useQuestion } from '../util/use-question.ts'
import { useWords } from '../words/words.ts'

type TokenSort = NonNullable<Parameters<typeof tokenList>[0]['sort']>

export function TokensPage() {
  const { say } = useWords()
  const { query, search, ask, onSearch } = useQuestion()
  const sort = (query.get('sort') ?? 'name') as TokenSort
  const list = useList(tokenList({ sort, ...(search === '' ? {} : { search }) }))
  const create = <TokenCreateForm onMade={() => list.readAgain()} />
  return (
    <Page title={say('page.tokens')} appName={say('app.name')} actions={create}>
      <p className="muted">{say('token.help')}</p>
      <ListTools search={search} onSearch={onSearch} list={list} />
      <ErrorText error={list.error} />
      <VirtualTable
        label={say('page.tokens')}
        columns={useColumns(list)}
        total={list.total}
        row={list.row}
        keyOf={(token) => token.id}
        onView={list.want}
        sort={sort}
        onSort={(chosen) => ask({ sort: chosen })}
        empty={say(search === '' ? 'list.empty' : 'list.emptyFiltered')}
      />
    </Page>
  )
}

function useColumns(list: ListView<Token>): Column<Token>[] {
  const { say, language } = useWords()
  const change = useChange()
  const withdraw = ({ id, name }: Token): void =>
    change({
      operation: 'tokenDelete',
      input: { params: { tokenId: id } },
      title: say('token.deleteTitle', { name }),
      verb: say('token.delete'),
      ask: 'always',
      isDangerous: true,
      onDone: () => list.readAgain(),
    })
  const at = (time: string | undefined, none: string): string => (time === undefined ? none : moment(time, language))
  return [
    { key: 'name', title: say('token.name'), width: 'minmax(150px, 2fr)', sort: 'name', render: ({ name }) => name },
    {
      key: 'created',
      title: say('token.created'),
      width: 'minmax(190px, 1fr)',
      sort: 'createdAt',
      render: (token) => at(token.createdAt, ''),
    },
    {
      key: 'expires',
      title: say('token.expires'),
      width: 'minmax(190px, 1fr)',
      render: (token) => at(token.expiresAt, say('token.never')),
    },
    {
      key: 'used',
      title: say('token.used'),
      width: 'minmax(190px, 1fr)',
      render: (token) => at(token.usedAt, say('app.none')),
    },
    {
      key: 'actions',
      title: say('list.actions'),
      width: '120px',
      render: (token) => (
        <Button size="small" danger onClick={() => withdraw(token)}>
          {say('token.delete')}
        </Button>
      ),
    },
  ]
}
