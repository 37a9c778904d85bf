import type { HistoryEntry, Vm } from '@viv/api'
import { Button } from 'antd'
import { useState } from 'react'
import type { ListView } from '../api/use-list.ts'
import { Link } from '../ui/Link.tsx'
import { leavesOf } from '../util/leaves.ts'
import { paths } from '../util/paths.ts'
import { moment } from '../util/quantities.ts'
import { useWords } from '../words/words.ts'
import { useChange } from './change.tsx'
import { ErrorText } from './ErrorText.tsx'

export interface HistoryTableProps {
  readonly list: ListView<HistoryEntry>
  /** How many are shown; more by the button. */
  readonly shown: number
  readonly onMore: () => void
  /** Whose configuration can be given back; none where several objects are shown. */
  readonly vm?: Vm
}

/** Changes of configuration, the newest first, each with what it changed. */
export function HistoryTable({ list, shown, onMore, vm }: HistoryTableProps) {
  const { say } = useWords()
  const { total = 0 } = list
  const entries = Array.from({ length: Math.min(shown, total) }, (_, index) => list.row(index)).filter(
    (entry) => entry !== undefined,
  )
  return (
    <>
      <ErrorText error={list.error} />
      {list.total === 0 ? <p>{say('list.empty')}</p> : null}
      <ol className="history">
        {entries.map((entry, index) => (
          <Entry key={entry.id} entry={entry} vm={vm} isNewest={index === 0} />
        ))}
      </ol>
      {shown < total ? <Button onClick={onMore}>{say('history.more')}</Button> : null}
    </>
  )
}

interface EntryProps {
  readonly entry: HistoryEntry
  readonly vm: Vm | undefined
  readonly isNewest: boolean
}

function Entry({ entry, vm, isNewest }: EntryProps) {
  const { say, name, language } = useWords()
  const change = useChange()
  const at = moment(entry.at, language)
  const goBack = (target: Vm): void =>
    change({
      operation: 'vmRevert',
      input: { params: { vmId: target.id }, body: { entryId: entry.id }, ifMatch: target.revision },
      title: say('history.backTitle', { at }),
      verb: say('history.back'),
      ask: 'always',
    })
  return (
    <li>
      <div className="history-head">
        <strong>{name('operation', entry.action)}</strong>
        {vm === undefined ? (
          <span>
            {name('kind', entry.kind)}{' '}
            {entry.kind === 'vm' && !entry.isDeleted ? (
              <Link to={paths.vm(entry.objectId)}>{entry.name}</Link>
            ) : (
              <Link to={paths.historyOf(entry.objectId)}>{entry.name}</Link>
            )}
          </span>
        ) : null}
        <span className="muted">
          <time dateTime={entry.at}>{at}</time> · {entry.by}
        </span>
        {vm === undefined || isNewest || entry.isDeleted ? null : (
          <Button size="small" onClick={() => goBack(vm)}>
            {say('history.back')}
          </Button>
        )}
      </div>
      {entry.why === undefined ? null : <p className="history-why">{`“${entry.why}”`}</p>}
      <Changes entry={entry} />
    </li>
  )
}

interface Difference {
  readonly path: string
  readonly before?: unknown
  readonly after?: unknown
}

/** What was there and is not, or is there and was not, value by value: a creation comes as one whole document. */
function differencesOf({ changes }: HistoryEntry): Difference[] {
  return changes.flatMap((change): Difference[] => {
    if (change.before !== undefined && change.after !== undefined) return [change]
    if (change.after !== undefined)
      return leavesOf(change.after, change.path).map(({ path, value }) => ({ path, after: value }))
    return leavesOf(change.before, change.path).map(({ path, value }) => ({ path, before: value }))
  })
}

/** A creation changes everything: the first of it are enough. */
const CHANGES_SHOWN = 12

function Changes({ entry }: { readonly entry: HistoryEntry }) {
  const { say } = useWords()
  const [isWhole, setWhole] = useState(false)
  if (entry.isDeleted) return <p className="muted">{say('history.deleted')}</p>
  const differences = differencesOf(entry)
  const shown = isWhole ? differences : differences.slice(0, CHANGES_SHOWN)
  const left = differences.length - shown.length
  return (
    <ul className="diff">
      {shown.map(({ path, before, after }) => (
        <li key={path}>
          <code>{path}</code>
          {before === undefined ? null : (
            <del>
              <span className="hidden">{say('history.before')} </span>
              {shownValue(before)}
            </del>
          )}
          {after === undefined ? null : (
            <ins>
              <span className="hidden">{say('history.after')} </span>
              {shownValue(after)}
            </ins>
          )}
        </li>
      ))}
      {left > 0 ? (
        <li>
          <button type="button" className="link" onClick={() => setWhole(true)}>
            {say('history.moreChanges', { count: left })}
          </button>
        </li>
      ) : null}
    </ul>
  )
}

/** An empty text is seen by its quotes. */
const shownValue = (value: unknown): string =>
  typeof value === 'string' && value !== '' ? value : JSON.stringify(value)
