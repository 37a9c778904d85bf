import { Input } from 'antd'
import { type ReactNode, useEffect, useState } from 'react'
import type { ListView } from '../api/use-list.ts'
import { wholeNumber } from '../util/quantities.ts'
import { useWords } from '../words/words.ts'

export interface ListToolsProps {
  readonly search: string
  readonly onSearch: (search: string) => void
  readonly list: ListView<unknown>
  readonly children?: ReactNode
}

/** Long enough that a word is not searched letter by letter. */
const SEARCH_PAUSE_MS = 250

/** Above a list: what is looked for, how many there are, and how far reading is. */
export function ListTools({ search, onSearch, list, children }: ListToolsProps) {
  const { say, language } = useWords()
  const [typed, setTyped] = useState(search)
  useEffect(() => setTyped(search), [search])
  useEffect(() => {
    if (typed === search) return
    const timer = setTimeout(() => onSearch(typed), SEARCH_PAUSE_MS)
    return () => clearTimeout(timer)
  }, [typed, search, onSearch])
  const isReading = list.progress < 1
  return (
    <div className="tools">
      <Input
        type="search"
        allowClear
        value={typed}
        maxLength={100}
        aria-label={say('list.search')}
        placeholder={say('list.search')}
        onChange={(event) => setTyped(event.target.value)}
      />
      {children}
      <span role="status" className="muted">
        {isReading && list.total !== undefined
          ? say('list.reading', { percent: Math.floor(list.progress * 100) })
          : list.total === undefined
            ? say('app.loading')
            : say('list.total', { count: wholeNumber(list.total, language) })}
      </span>
    </div>
  )
}
