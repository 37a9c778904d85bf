import { useCallback } from 'react'
import { navigate, usePlace, withQuery } from './router.ts'

/** What a page of a list is asked for: it stands in the address, so that it can be sent on and survives a reload. */
export function useQuestion() {
  const place = usePlace()
  const ask = useCallback(
    (changes: Record<string, string | undefined>) => navigate(withQuery(place, changes), { replace: true }),
    [place],
  )
  const onSearch = useCallback((words: string) => ask({ search: words }), [ask])
  return { query: place.query, search: place.query.get('search') ?? '', ask, onSearch }
}
