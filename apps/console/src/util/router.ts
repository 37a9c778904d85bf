import { useMemo, useSyncExternalStore } from 'react'

/** Where we are, from the browser's own history. Pages are few and have no loaders: no router package is needed. */
export interface Place {
  readonly path: string
  readonly query: URLSearchParams
}

const listeners = new Set<() => void>()
const tell = (): void => {
  for (const listener of listeners) listener()
}

export function navigate(to: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  if (replace) history.replaceState(null, '', to)
  else history.pushState(null, '', to)
  tell()
  // Somebody who reads with the ears or the keyboard begins at the top of the new page.
  if (!replace) document.getElementById('main')?.focus({ preventScroll: true })
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  addEventListener('popstate', listener)
  return () => {
    listeners.delete(listener)
    removeEventListener('popstate', listener)
  }
}

const here = (): string => location.pathname + location.search

export function usePlace(): Place {
  const address = useSyncExternalStore(subscribe, here)
  return useMemo(() => {
    const [path = '', query = ''] = address.split('?')
    return { path, query: new URLSearchParams(query) }
  }, [address])
}

/** The same page with other words in its query; what is empty is left out. */
export function withQuery(place: Place, changes: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams(place.query)
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === '') query.delete(name)
    else query.set(name, value)
  }
  return query.size === 0 ? place.path : `${place.path}?${query.toString()}`
}
